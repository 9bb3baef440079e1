/** VS Code's four kinds of theme, and how a window under test gets into each. */
import type { EditorUnderTest } from './useEditor';

export type Theme = 'light' | 'dark' | 'high-contrast' | 'high-contrast-light';

export const themes: readonly Theme[] = ['light', 'dark', 'high-contrast', 'high-contrast-light'];

interface ThemeFacts {
  /** As the list of themes calls it. */
  readonly label: string;
  /** The class that the workbench has while the theme is on. */
  readonly workbenchClass: string;
}

const facts: Readonly<Record<Theme, ThemeFacts>> = {
  light: { label: 'Light Modern', workbenchClass: 'vs' },
  dark: { label: 'Dark Modern', workbenchClass: 'vs-dark' },
  'high-contrast': { label: 'Dark High Contrast', workbenchClass: 'hc-black' },
  'high-contrast-light': { label: 'Light High Contrast', workbenchClass: 'hc-light' },
};

/** Switches the theme as a user does, from the palette, and waits until the window has it. */
export async function setTheme({ workbench }: EditorUnderTest, theme: Theme): Promise<void> {
  const { label, workbenchClass } = facts[theme];
  await workbench.pick('Preferences: Color Theme', label);
  await workbench.page.locator(`.monaco-workbench.${workbenchClass}`).waitFor();
}
