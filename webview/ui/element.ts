/** Elements from a description, text as text: nothing a file says can become markup. */

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** `true` is an attribute without value; `false` and undefined leave it out. */
export function element(
  tag: string,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(...children);
  return made;
}

/** Puts these children in, and nothing else; leaves all alone when they are there, since moving an element takes its focus. */
export function keepChildren(parent: Element, children: readonly Node[]): void {
  const isSame =
    children.length === parent.childNodes.length && children.every((one, i) => one === parent.childNodes[i]);
  if (!isSame) parent.replaceChildren(...children);
}

/** The page's one root, emptied. */
export function panelRoot(): HTMLElement {
  const root = document.getElementById('panel');
  if (!root) throw new Error('internal: the page has no #panel');
  root.replaceChildren();
  return root;
}
