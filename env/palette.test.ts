import { describe, expect, it } from 'vitest';
import { colourAt, palette } from './palette.ts';

const linear = (hex: string) =>
  [1, 3, 5].map((at) => {
    const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
/** Ottosson, "A perceptual color space for image processing", 2020. */
function okLab([r, g, b]: readonly [number, number, number]): number[] {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}
/** Machado, Oliveira & Fernandes, "A physiologically-based model for simulation of color vision deficiency", 2009. */
const deficient = {
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
};
const seen = (rgb: readonly [number, number, number], by?: readonly (readonly number[])[]) =>
  okLab(
    by
      ? (by.map((row) => Math.max(0, row[0]! * rgb[0] + row[1]! * rgb[1] + row[2]! * rgb[2])) as [
          number,
          number,
          number,
        ])
      : rgb,
  );
const least = (colours: readonly string[], by?: readonly (readonly number[])[]) => {
  const labs = colours.map((colour) => seen(linear(colour), by));
  return Math.min(
    ...labs.flatMap((a, i) => labs.slice(0, i).map((b) => Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!, a[2]! - b[2]!))),
  );
};
const luminance = (hex: string) => {
  const [r, g, b] = linear(hex);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a: string, b: string) => {
  const [dim, bright] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (bright + 0.05) / (dim + 0.05);
};

describe('the palette of actions', () => {
  for (const [ground, background] of [
    ['light', '#fdfcfa'],
    ['dark', '#191b1d'],
  ] as const) {
    const colours = palette.map((colour) => colour[ground]);

    it(`tells twelve actions apart on a ${ground} ground`, () => {
      expect(colours).toHaveLength(12);
      expect(least(colours)).toBeGreaterThan(0.09);
      for (const colour of colours) expect(contrast(colour, background)).toBeGreaterThanOrEqual(3);
    });

    it(`tells five apart with red–green blindness on a ${ground} ground`, () => {
      for (const by of Object.values(deficient)) expect(least(colours.slice(0, 5), by)).toBeGreaterThan(0.04);
    });
  }

  it('comes round again without the grey of the default', () => {
    expect(colourAt(12)).toBe(palette[1]);
    expect([...Array(40).keys()].slice(1).map(colourAt)).not.toContain(palette[0]);
  });
});
