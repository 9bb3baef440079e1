/**
 * Sets of landmarks that data sets agree on: their names in order, which ones change places in a mirror, and between which
 * ones distances are measured. Left and right are the picture's in CelebA, the person's in COCO, as their files have it.
 */
import type { LandmarkNormaliser, LandmarkScheme } from '../results/landmarks';

/** How a user names what errors are divided by; a pair of landmarks by their names. */
export type NormaliserChoice = 'inter-ocular' | 'inter-pupil' | 'box' | 'diagonal' | readonly [string, string];

/** CelebA and MAFL: Liu 2015, arXiv 1411.7766. */
const celeba = ['lefteye', 'righteye', 'nose', 'leftmouth', 'rightmouth'];

/** Of a COCO person, in the order of its annotations. */
export const cocoPersonLandmarks: readonly string[] = [
  ...['nose', 'left_eye', 'right_eye', 'left_ear', 'right_ear', 'left_shoulder', 'right_shoulder', 'left_elbow'],
  ...['right_elbow', 'left_wrist', 'right_wrist', 'left_hip', 'right_hip', 'left_knee', 'right_knee'],
  ...['left_ankle', 'right_ankle'],
];

/** The 68 points of iBUG and 300-W, from 1 (Sagonas 2013): pairs that mirror each other. */
const ibugPairs: readonly (readonly [number, number])[] = [
  ...range(1, 8).map((i) => [i, 18 - i] as const), // jaw
  ...range(18, 22).map((i) => [i, 45 - i] as const), // brows
  ...([[32, 36], [33, 35]] as const), // nose
  ...([[37, 46], [38, 45], [39, 44], [40, 43], [41, 48], [42, 47]] as const), // eyes
  ...([[49, 55], [50, 54], [51, 53], [56, 60], [57, 59]] as const), // outer lips
  ...([[61, 65], [62, 64], [66, 68]] as const), // inner lips
]; // prettier-ignore

export const celebaScheme: LandmarkScheme = schemeByNames(celeba);
export const ibugScheme: LandmarkScheme = {
  names: range(1, 68).map(String),
  flipPairs: ibugPairs.map(([a, b]) => [a - 1, b - 1]),
};

/** Pairs are names that differ in "left" and "right" alone; others stay themselves. */
export function schemeByNames(names: readonly string[]): LandmarkScheme {
  const flipPairs = names.flatMap((name, place): [number, number][] => {
    const partner = name.toLowerCase().includes('left') ? names.indexOf(swapSides(name)) : -1;
    return partner < 0 ? [] : [[place, partner]];
  });
  return { names, flipPairs };
}

/** The scheme of files that give points without names: 68 are iBUG's, 5 are CelebA's, others have no known pairs. */
export function schemeByCount(count: number): LandmarkScheme {
  if (count === ibugScheme.names.length) return ibugScheme;
  if (count === celeba.length) return celebaScheme;
  return { names: range(1, count).map(String), flipPairs: [] };
}

function swapSides(name: string): string {
  return name.replace(/left/gi, (word) => (word === 'left' ? 'right' : word === 'LEFT' ? 'RIGHT' : 'Right'));
}

const pupils = { left: ['37', '38', '39', '40', '41', '42'], right: ['43', '44', '45', '46', '47', '48'] };
const eyes: readonly (readonly [string, string])[] = [
  ['lefteye', 'righteye'],
  ['left_eye', 'right_eye'],
];

/**
 * What the choice means for a scheme: `inter-ocular` is the distance of the eyes' outer corners (37 and 46 of iBUG's 68) or
 * of the two eyes where each is one point; `inter-pupil` that of the means of each eye's six points. Undefined where the
 * scheme has no such landmarks.
 */
export function chooseNormaliser(choice: NormaliserChoice, { names }: LandmarkScheme): LandmarkNormaliser | undefined {
  if (choice === 'box' || choice === 'diagonal') return { kind: choice };
  const has = (pair: readonly string[]) => pair.every((name) => names.includes(name));
  if (typeof choice !== 'string')
    return has(choice) ? { kind: 'pair', first: choice[0], second: choice[1] } : undefined;
  const isIbug = names.length === ibugScheme.names.length && has(['1', '68']);
  if (isIbug && choice === 'inter-pupil') return { kind: 'between', first: pupils.left, second: pupils.right };
  const pair = isIbug ? (['37', '46'] as const) : eyes.find(has);
  return pair && { kind: 'pair', first: pair[0], second: pair[1] };
}

/** The usual choice: the eyes of a face whose landmarks are CelebA's or iBUG's, else the box. */
export function defaultNormaliser(scheme: LandmarkScheme): LandmarkNormaliser {
  const isFace = [celebaScheme, ibugScheme].some(
    ({ names }) => names.length === scheme.names.length && names.every((name, k) => name === scheme.names[k]),
  );
  return (isFace ? chooseNormaliser('inter-ocular', scheme) : undefined) ?? { kind: 'box' };
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
