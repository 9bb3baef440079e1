/** The reference page of results files, from the descriptions of their schema. */
import { resultsJsonSchema } from './importedResults';

interface Property {
  readonly description?: string;
}

interface ObjectSchema {
  readonly properties: Readonly<Record<string, Property & { readonly items?: ObjectSchema }>>;
  readonly required?: readonly string[];
}

/** Markdown. */
export function renderResultsPage(): string {
  const schema = resultsJsonSchema() as unknown as ObjectSchema;
  const rows = schema.properties.results!.items!;
  return `# Results files

Made by \`npm run generate\`. A results file is JSON that \`transferscope import\` reads; its JSON Schema is
[schemas/results.schema.json](../../schemas/results.schema.json). How to use it: [guide](../guide/exchange.md).

\`\`\`json
${JSON.stringify(EXAMPLE, null, 2)}
\`\`\`

## At the top

${table(schema)}

## Each row

${table(rows)}
`;
}

const EXAMPLE = {
  source: 'Table 2 of a paper',
  citation: 'Somebody et al., 2020',
  unit: 'percent',
  results: [
    { pretraining: 'theirs', method: 'moco', transfer: 'voc', task: 'detection', metric: 'ap50', values: [81.4, 81.6] },
  ],
};

function table({ properties, required = [] }: ObjectSchema): string {
  const lines = Object.entries(properties).map(([name, { description = '' }]) => {
    const need = required.includes(name) ? 'yes' : '';
    return `| \`${name}\` | ${need} | ${description} |`;
  });
  return `| key | required | what |\n| --- | --- | --- |\n${lines.join('\n')}`;
}
