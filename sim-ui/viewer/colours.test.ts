import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('style/colours.css', import.meta.url), 'utf8');
const [light, dark] = css.split('@media (prefers-color-scheme: dark)') as [string, string];
const grounds = { light, dark } as const;

/** Value of a custom property; what the dark scheme does not name stays as it is. */
const cssValue = (ground: keyof typeof grounds, name: string): string => {
  const read = (text: string) => new RegExp(`--${name}:\\s*([^;]+);`).exec(text)?.[1];
  const value = read(grounds[ground]) ?? read(light);
  if (value === undefined) throw new Error(`no --${name} in colours.css`);
  return value;
};

type Channels = [number, number, number];
const channels = (hex: string) => [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16) / 255) as Channels;
const linear = (c: number) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);

/** WCAG 2.2, relative luminance and contrast ratio. */
function contrast(a: string, b: string): number {
  const luminance = (hex: string) => {
    const [r, g, blue] = channels(hex).map(linear) as Channels;
    return 0.2126 * r + 0.7152 * g + 0.0722 * blue;
  };
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** L of OKLab (Ottosson 2020). */
function lightness(rgb: Channels): number {
  const [r, g, b] = rgb.map(linear) as Channels;
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s;
}

/** The colours of a number from 0 to 1, evenly spaced and mixed in sRGB between two. */
function ramp(ground: keyof typeof grounds, name: string): Channels[] {
  const stops = cssValue(ground, name)
    .match(/#[0-9a-f]{6}/gi)!
    .map(channels);
  return Array.from({ length: 255 }, (_, level) => {
    const at = (level / 254) * (stops.length - 1);
    const i = Math.min(stops.length - 2, Math.floor(at));
    return stops[i]!.map((c, j) => c + (stops[i + 1]![j]! - c) * (at - i)) as Channels;
  });
}

it('contrast and lightness are what is published: black on white 21, #767676 on white 4.54, L of red .628', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 6);
  expect(contrast('#767676', '#ffffff')).toBeCloseTo(4.54, 2);
  expect(lightness(channels('#ff0000'))).toBeCloseTo(0.628, 3);
});

describe.each(['light', 'dark'] as const)('the colours on a %s ground', (ground) => {
  const of = (name: string) => cssValue(ground, name);

  it('show controls at 3 to 1 and more: edges, tracks, thumbs, the focus', () => {
    for (const on of ['paper', 'panel', 'control'])
      for (const name of ['control-line', 'focus', 'student', 'teacher'])
        expect(contrast(of(name), of(on)), `${name} on ${on}`).toBeGreaterThanOrEqual(3);
  });

  it('show text at 4.5 to 1 and more', () => {
    for (const on of ['paper', 'panel', 'control'])
      for (const name of ['ink', 'muted', 'student', 'teacher', 'warn', 'good'])
        expect(contrast(of(name), of(on)), `${name} on ${on}`).toBeGreaterThanOrEqual(4.5);
    expect(contrast(of('muted'), of('ground'))).toBeGreaterThanOrEqual(4.5);
  });

  it.each(['p-ramp', 'apart-ramp'])(
    'run through %s in one direction of lightness, far enough to be told apart',
    (name) => {
      const lights = ramp(ground, name).map(lightness);
      const steps = lights.slice(1).map((l, i) => l - lights[i]!);
      const direction = Math.sign(steps[0]!);
      expect(steps.every((step) => Math.sign(step) === direction)).toBe(true);
      expect(Math.abs(lights.at(-1)! - lights[0]!)).toBeGreaterThan(0.4);
    },
  );
});
