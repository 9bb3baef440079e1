/** DINO (Caron 2021): the teacher is the one its authors evaluate, so it is preferred. */
import { branchesOf, type Family } from '../family';

export const dino: Family = {
  id: 'dino',
  title: 'DINO',
  branches: [
    ...branchesOf(['teacher.backbone.', 'teacher.module.backbone.', 'teacher.'], 'key'),
    ...branchesOf(['student.module.backbone.', 'student.backbone.', 'student.'], 'query'),
  ],
  signs: [/(?:^|\.)(?:teacher|student)\./],
  needsSign: true,
};
