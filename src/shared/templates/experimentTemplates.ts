/** All templates, in the order of lists: by group, what a newcomer takes first at the top. */
import type { ExperimentTemplate } from './experimentTemplate';
import { ownDataTemplates } from './ownDataTemplates';
import { quickstartTemplate, temperaturesTemplate } from './pretrainingTemplates';

export const experimentTemplates: readonly ExperimentTemplate[] = [
  quickstartTemplate,
  temperaturesTemplate,
  ...ownDataTemplates,
];
