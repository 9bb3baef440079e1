/**
 * Tables in the form that a paper prints them: which pretrainings down, which numbers across, and what was published beside
 * what was measured here. They change no result; `transferscope report` prints them.
 */
import { z } from 'zod';
import { field, required, type DeepReadonly } from './fields';

const text = z.string().min(1).max(300);
/** An id, which for a member of a matrix holds its settings in brackets. */
const reference = z.string().min(1).max(300);

export const rowFields = {
  pretraining: required(reference, { doc: 'Id of the pretraining; that of a matrix means all of its pretrainings.' }),
  title: field(text, { doc: 'What stands in front of the row.', defaultText: 'the id' }),
  group: field(text, {
    doc: 'Heading that this row and its neighbours with the same stand under.',
    defaultText: 'none',
  }),
};

export const columnFields = {
  of: required(reference, { doc: 'Id of a transfer or an analysis; that of a matrix means all of its transfers.' }),
  metric: field(text, {
    doc: 'Which of its numbers, as records name them (`ap50`, `top1`).',
    defaultText: 'its headline',
  }),
  layer: field(text, { doc: 'Layer whose number it is.', defaultText: 'that of the headline' }),
  title: field(text, { doc: 'What stands above the column.', defaultText: 'the name of the metric' }),
  group: field(text, {
    doc: 'Heading that this column and its neighbours with the same stand under.',
    defaultText: 'none',
  }),
};

export const publishedFields = {
  pretraining: required(reference, { doc: 'Id of the pretraining that it compares with.' }),
  of: required(reference, { doc: 'Id of the transfer or analysis that it compares with.' }),
  metric: field(text, { doc: 'Which of its numbers, as records name them.', defaultText: 'its headline' }),
  value: required(z.number().min(-1e6).max(1e6), { doc: 'The number as printed: shares in percent.' }),
  source: required(text, { doc: 'Where it was read.' }),
};

export const tableFields = {
  title: required(text, { doc: 'What stands above the table.' }),
  rows: field(z.array(z.strictObject(rowFields)).min(1).max(1000), {
    doc: 'Pretrainings from top to bottom.',
    defaultText: 'all, in their order',
  }),
  columns: required(z.array(z.strictObject(columnFields)).min(1).max(100), { doc: 'Numbers from left to right.' }),
  published: field(z.array(z.strictObject(publishedFields)).max(1000), {
    doc: 'Numbers that others have printed; they stand beside those measured here and are marked as published.',
    default: [],
  }),
};

export const tableSchema = z.strictObject(tableFields);

export type WrittenTable = z.output<typeof tableSchema>;

/** All ids are those of single pretrainings, transfers and analyses. */
export type TableSettings = DeepReadonly<
  Omit<WrittenTable, 'rows' | 'published'> & {
    rows: z.output<z.ZodObject<typeof rowFields>>[];
    published: z.output<z.ZodObject<typeof publishedFields>>[];
  }
>;
