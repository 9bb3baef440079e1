/** One look per pretraining, the same in every chart: colour and marker, so that colour is never the only cue. */
import { symbolCircle, symbolCross, symbolDiamond, symbolSquare, symbolStar, symbolTriangle, symbolWye } from 'd3';

/** Okabe & Ito's colour-blind safe palette, without yellow and black, which vanish on light or dark ground. */
const colours = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#7F7F7F'];
const symbols = [symbolCircle, symbolSquare, symbolTriangle, symbolDiamond, symbolCross, symbolStar, symbolWye];

export interface SeriesLook {
  readonly colour: string;
  readonly symbol: (typeof symbols)[number];
  /** Dashes of the line; undefined is solid. Changes once colours repeat. */
  readonly dash: string | undefined;
}

export function seriesLook(index: number): SeriesLook {
  const round = Math.floor(index / colours.length);
  return {
    colour: colours[index % colours.length]!,
    symbol: symbols[index % symbols.length]!,
    dash: [undefined, '6 3', '2 3'][round % 3],
  };
}
