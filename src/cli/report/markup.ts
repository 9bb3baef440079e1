/** HTML that cannot be forgotten to escape: text put into a template is escaped, only markup passes as it is. */

export interface Markup {
  readonly html: string;
}

export type MarkupPart = string | Markup | false | readonly (string | Markup)[];

/** Template tag; `false` leaves nothing, lists are joined. Attribute values must stand in double quotes. */
export function markup(strings: TemplateStringsArray, ...parts: readonly MarkupPart[]): Markup {
  const html = strings.map((text, i) => (i < parts.length ? text + toHtml(parts[i]!) : text)).join('');
  return { html };
}

function toHtml(part: MarkupPart): string {
  if (part === false) return '';
  if (typeof part === 'string') return escape(part);
  return 'html' in part ? part.html : part.map(toHtml).join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  // Control characters are not allowed in HTML at all.
  return text.replace(/[&<>"']/g, (character) => entities[character]!).replace(/(?![\t\n\r])\p{Cc}/gu, ' ');
}
