/** How verdicts look everywhere: colour, dash and a letter, so that none is told by its colour alone. */
import { hoiemNames, tideNames } from '../../src/shared/views/detections/errorNames';

export interface ErrorLook {
  readonly letter: string;
  readonly colour: string;
  readonly dash: readonly number[];
  /** A few words for legends and lists. */
  readonly name: string;
}

/** Ground truth is drawn as brackets at the corners, which no verdict is. */
export const TRUTH_LOOK: ErrorLook = { letter: '', colour: '#ffffff', dash: [], name: 'ground truth' };

/** TIDE's verdicts and Hoiem's, by name. */
const looks: Readonly<Record<string, ErrorLook>> = {
  correct: { letter: '✓', colour: '#2fd39b', dash: [], name: tideNames.correct },
  cls: { letter: 'C', colour: '#f08cc4', dash: [9, 4], name: tideNames.cls },
  loc: { letter: 'L', colour: '#5cbcf2', dash: [5, 4], name: tideNames.loc },
  both: { letter: 'B', colour: '#b79cff', dash: [10, 4, 2, 4], name: tideNames.both },
  dupe: { letter: 'D', colour: '#f0a71c', dash: [2, 4], name: tideNames.dupe },
  bkg: { letter: 'N', colour: '#ff7a5c', dash: [1, 3], name: tideNames.bkg },
  miss: { letter: 'M', colour: '#ffe94d', dash: [3, 3], name: tideNames.miss },
};

const hoiem: Readonly<Record<string, ErrorLook>> = {
  cor: looks.correct!,
  loc: { ...looks.loc!, name: hoiemNames.loc },
  sim: { ...looks.cls!, letter: 'S', name: hoiemNames.sim },
  oth: { ...looks.both!, letter: 'O', name: hoiemNames.oth },
  bg: looks.bkg!,
};

/** Of detections without a verdict: below a limit, or inside a crowd. */
const unjudged: ErrorLook = { letter: '–', colour: '#b0b0b0', dash: [1, 5], name: 'not judged' };

export function errorLook(verdict: string | undefined, method: 'tide' | 'hoiem'): ErrorLook {
  return (verdict === undefined ? undefined : (method === 'hoiem' ? hoiem : looks)[verdict]) ?? unjudged;
}

/** In the order of legends and charts. */
export function verdictsOf(method: 'tide' | 'hoiem'): readonly string[] {
  return method === 'hoiem' ? ['cor', 'loc', 'sim', 'oth', 'bg'] : [...Object.keys(looks)];
}
