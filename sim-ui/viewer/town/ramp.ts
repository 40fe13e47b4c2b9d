import { type Channels, channelsOf, cssColour } from '../store.ts';

/** The colours of a number from 0 to 1, by default of P, evenly spaced, from the style sheet. */
export const rampStops = (property = '--p-ramp'): Channels[] =>
  cssColour(property)
    .match(/#[0-9a-f]{6}/gi)
    ?.map(channelsOf) ?? [];

/** The colour of a probability: between two stops in sRGB, as a CSS gradient has it. */
export function rampColour(stops: readonly Channels[], p: number): Channels {
  const at = Math.min(1, Math.max(0, p)) * (stops.length - 1);
  const low = Math.min(Math.floor(at), stops.length - 2);
  return [0, 1, 2].map((i) => {
    const [a, b] = [stops[low]![i]!, stops[low + 1]![i]!];
    return a + (b - a) * (at - low);
  }) as unknown as Channels;
}

/** Colours of the 255 levels that a frame knows. */
export const rampTexels = (stops: readonly Channels[]): Channels[] =>
  Array.from({ length: 255 }, (_, level) => rampColour(stops, level / 254));

/** The same for distances, by their root: most are small. @param end the distance from which on it is the last colour */
export const apartTexels = (stops: readonly Channels[], end: number): Channels[] =>
  Array.from({ length: 255 }, (_, level) => rampColour(stops, Math.sqrt(level / 254 / end)));
