/** Finds the browser that shows the workbench and the panels, or installs Debian's package where that is possible. */
import { findOnPath, installPackages, isProgram } from './systemPackages';

const browsers = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const macBrowser = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/** The path of the browser; throws a sentence that says what to do when there is none. */
export async function findChromium(log: (line: string) => void): Promise<string> {
  const named = process.env.CHROMIUM;
  if (named && !isProgram(named)) throw new Error(`CHROMIUM is "${named}", which is no program`);
  const found = named || findBrowser();
  if (found) return found;
  const why = await installPackages(['chromium'], log);
  const installed = findBrowser();
  if (installed) return installed;
  throw new Error(`no Chromium was found; install chromium or google-chrome, or name one in CHROMIUM (${why})`);
}

function findBrowser(): string | undefined {
  const found = browsers.map(findOnPath).find((file) => file !== undefined);
  return found ?? (isProgram(macBrowser) ? macBrowser : undefined);
}
