/** All templates, in the order of lists: by group, what a newcomer takes first at the top. */
import type { ExperimentTemplate } from './experimentTemplate';
import { ownDataTemplates } from './ownDataTemplates';
import { labelsTemplate, lengthsTemplate, quickstartTemplate } from './pretrainingTemplates';
import { detectionTemplate, tasksTemplate } from './taskTemplates';
import { whyTemplate } from './whyTemplate';

export const experimentTemplates: readonly ExperimentTemplate[] = [
  quickstartTemplate,
  detectionTemplate,
  tasksTemplate,
  whyTemplate,
  labelsTemplate,
  lengthsTemplate,
  ...ownDataTemplates,
];
