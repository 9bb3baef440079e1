/** LaTeX text holds only what pdfLaTeX has characters for. */
import { expect, it } from 'vitest';
import { escapeLatex } from '../../../../src/shared/formats/latexText';

it('writes arrows, Greek letters and relations as maths', () => {
  expect(escapeLatex('▲ above, ▼ below: Δ −1.5, τ and ρ ≥ 0.5 ≤ 1')).toBe(
    '$\\uparrow$ above, $\\downarrow$ below: $\\Delta$ $-$1.5, $\\tau$ and $\\rho$ $\\geq$ 0.5 $\\leq$ 1',
  );
  expect(escapeLatex('50 % of a_b [x]')).toBe('50 \\% of a\\_b {[}x{]}');
});
