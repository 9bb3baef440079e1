/** The reference page of the command line, from the descriptions that `--help` prints. */
import type { Argument, Command, Option } from 'commander';

/** Markdown; commands in the order of the help. */
export function renderCommandPage(program: Command): string {
  return `# The command line

Made by \`npm run generate\` from what \`transferscope COMMAND --help\` prints.

${leaves(program)
  .map((command) => renderCommand(command))
  .join('\n\n')}

## Exit codes

0 done, 1 errors in the file or arguments, 2 usage, 3 a stage failed, 70 unexpected, 75 stopped (\`resume\` goes on), 130 interrupted.
`;
}

function leaves(command: Command): Command[] {
  return command.commands.flatMap((child) => (child.commands.length > 0 ? leaves(child) : [child]));
}

function renderCommand(command: Command): string {
  const names: string[] = [];
  for (let one: Command | null = command; one; one = one.parent) names.unshift(one.name());
  const options = command.options.filter(({ hidden }) => !hidden);
  const rows = [
    ...command.registeredArguments.map((argument) => [describeName(argument), describeArgument(argument)]),
    ...options.map((option) => [`\`${option.flags.replaceAll('|', '\\|')}\``, describeOption(option)]),
  ];
  const table = rows.map(([name, text]) => `| ${name} | ${text} |`).join('\n');
  const head = `## ${names.slice(1).join(' ')}\n\n${sentence(command.description())}\n\n\`${names.join(' ')} ${command.usage()}\``;
  return rows.length === 0 ? head : `${head}\n\n| | |\n| --- | --- |\n${table}`;
}

function describeName(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '…' : ''}`;
  return argument.required ? `\`${name}\`` : `\`[${name}]\``;
}

function describeArgument({ description }: Argument): string {
  return escape(description);
}

function describeOption({ description, argChoices, defaultValue, mandatory }: Option): string {
  const facts = [
    ...(argChoices ? [`one of ${argChoices.join(', ')}`] : []),
    ...(mandatory ? ['required'] : []),
    ...(defaultValue === undefined || defaultValue === false ? [] : [`default ${String(defaultValue)}`]),
  ];
  return escape(`${description}${facts.length > 0 ? ` (${facts.join('; ')})` : ''}`);
}

function sentence(text: string): string {
  const whole = escape(text);
  return `${whole.charAt(0).toUpperCase()}${whole.slice(1)}${whole.endsWith('.') ? '' : '.'}`;
}

function escape(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
