/** What a stage asks of a cluster. None of it can change a result, so none of it is part of a stage's key. */
import { z } from 'zod';
import { field, type Filled } from './fields';

export const resourceFields = {
  gpus: field(z.int().min(0).max(64), {
    doc: 'Graphics processors for one job; a pretraining uses one for each of its `processes`, everything else the first.',
    unit: 'devices',
    default: 0,
  }),
  cpus: field(z.int().min(1).max(1024), { doc: 'Processor cores for one job.', unit: 'cores', default: 1 }),
  memory: field(z.number().min(0.1).max(100_000), {
    doc: 'Memory for one job; more than that, and the cluster ends it.',
    unit: 'GiB',
    defaultText: "the cluster's",
  }),
  time: field(z.int().min(1).max(525_600), {
    doc: 'How long one job may take; a stage that is not done by then is checkpointed and queued again.',
    unit: 'minutes',
    default: 240,
  }),
  partition: field(
    z
      .string()
      .regex(/^[A-Za-z0-9_][A-Za-z0-9_.,-]*$/)
      .max(200),
    {
      doc: 'Where the cluster runs the job.',
      allowed: 'the name of a partition, or several with commas between them',
      defaultText: "the cluster's",
    },
  ),
};

/** As written: what is left out is asked for elsewhere or not at all. */
export type ResourceSettings = { readonly [K in keyof typeof resourceFields]?: Filled<typeof resourceFields>[K] };

export const resourcesField = field(z.strictObject(resourceFields), {
  doc: 'What its stages ask of a cluster; changes no result.',
  defaultText: "the experiment's `resources`",
});
