/** A report follows the system's colours; in the editor it follows the editor's, which may differ. */
export function themeReport(html: string, isDark: boolean): string {
  return html
    .replaceAll('@media (prefers-color-scheme: dark)', isDark ? '@media all' : '@media not all')
    .replaceAll('color-scheme: light dark', `color-scheme: ${isDark ? 'dark' : 'light'}`);
}
