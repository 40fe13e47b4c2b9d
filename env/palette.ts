/** A colour on a light and on a dark ground, as #rrggbb. */
export interface Colour {
  readonly light: string;
  readonly dark: string;
}

/**
 * Colours of actions that declare none, by their index: grey for the default, then eleven that can be told apart, with a
 * contrast of 3 to 1 or more with the ground. The first five are after Okabe & Ito, "Color universal design", 2008, and
 * can be told apart with red–green blindness; the others continue them so that the smallest distance of any two in
 * OKLab stays above .09.
 */
export const palette: readonly Colour[] = [
  { light: '#7d7a74', dark: '#8d8a83' },
  { light: '#0072b2', dark: '#56b4e9' },
  { light: '#d55e00', dark: '#f28e4a' },
  { light: '#006b4f', dark: '#1fb98c' },
  { light: '#b0408a', dark: '#e79bcd' },
  { light: '#5e4300', dark: '#f0e050' },
  { light: '#8456f5', dark: '#8a63f0' },
  { light: '#b01030', dark: '#e0303f' },
  { light: '#1d1a86', dark: '#4a70d8' },
  { light: '#5b1a4c', dark: '#b13a93' },
  { light: '#5f92d6', dark: '#b8effa' },
  { light: '#708f00', dark: '#97b330' },
];

/** The colour of action i; beyond the palette, those of the actions beside the default come round again. */
export const colourAt = (i: number): Colour => palette[i === 0 ? 0 : 1 + ((i - 1) % (palette.length - 1))]!;
