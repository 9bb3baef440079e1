import { describe, expect, it } from 'vitest';
import { classColour, classColours, hexColour } from '../../../../src/shared/views/classColours';

describe('colours of classes', () => {
  it('differ clearly for the classes of Cityscapes and VOC', () => {
    const colours = Array.from({ length: 21 }, (_, k) => classColour(k));
    let least = Infinity;
    colours.forEach((a, i) =>
      colours.slice(i + 1).forEach((b) => {
        least = Math.min(least, Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]));
      }),
    );
    expect(least).toBeGreaterThan(30);
    for (const part of colours.flat()) expect(part >= 0 && part <= 255 && Number.isInteger(part)).toBe(true);
  });

  it('are a grey for what is no object, and else do not depend on the other classes', () => {
    expect(classColours(['background', 'cat', 'dog'])).toEqual([[84, 84, 84], classColour(1), classColour(2)]);
    expect(classColours(['sky', 'cat'])[1]).toEqual(classColour(1));
    expect(hexColour([84, 0, 255])).toBe('#5400ff');
  });
});
