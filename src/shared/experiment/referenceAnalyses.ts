/** The analyses' part of the reference page: headings and the fields that stand under them. */
import {
  commonAnalysisFields,
  geometryFields,
  networkAnalysisFields,
  ofField,
  similarityFields,
} from './analysisFields';
import type { Shape } from './fields';
import { inversionFields } from './inversionFields';

/** Those of `shape` that are not in `known`, which stands above. */
function own(shape: Shape, known: Shape): Shape {
  return Object.fromEntries(Object.entries(shape).filter(([key]) => !(key in known)));
}

export const analysisSections: readonly (readonly [heading: string, shape: Shape])[] = [
  ['## `analyses` of stored features', commonAnalysisFields],
  ['### Comparisons of pretrainings: `cka`, `rbf-cka`, `svcca`, `pwcca`, `procrustes`, `rsa`', similarityFields],
  ['### `kind: geometry`', { ...ofField, ...geometryFields }],
  ['## `analyses` of single images', { ...networkAnalysisFields, ...ofField }],
  ['### `kind: inversion`', own(inversionFields, networkAnalysisFields)],
];
