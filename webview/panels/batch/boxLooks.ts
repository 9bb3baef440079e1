/** How the roles of boxes look: colour, dash and a word, so that none is told by its colour alone. */
import { errorLook, TRUTH_LOOK, type ErrorLook } from '../../charts/errorLooks';

export type BoxRole = 'truth' | 'positive' | 'negative' | 'unmatched';

export const boxLooks: Readonly<Record<BoxRole, ErrorLook>> = {
  truth: { ...TRUTH_LOOK, name: 'object' },
  positive: { ...errorLook('correct', 'tide'), name: 'positive' },
  negative: { ...errorLook('bkg', 'tide'), name: 'negative' },
  unmatched: { ...errorLook('miss', 'tide'), name: 'object that nothing matched' },
};
