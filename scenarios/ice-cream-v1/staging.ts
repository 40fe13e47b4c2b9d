import type { Drawing, StagingDeclaration } from '../../env/staging.ts';

interface World {
  readonly hour: number;
  readonly weather: string;
  readonly sale: string;
  readonly truck: string;
}

const house: Drawing = [
  { path: 'M-7 8V-1L0-8 7-1V8Z', paint: 'panel' },
  { path: 'M-2 8V2H2V8', paint: 'line' },
];
const offices: Drawing = [
  { path: 'M-8 8V-10H2V8ZM2 8V-4H9V8Z', paint: 'panel' },
  { path: 'M-5-6h1M-2-6h1M-5-2h1M-2-2h1M-5 2h1M-2 2h1M5 0h1M5 4h1', paint: 'line' },
];
const tree: Drawing = [
  { path: 'M0 8V1', paint: 'line' },
  {
    path: 'M0-10C5-10 7.5-6.5 6.5-3.5 8-1 6 2.5 3 2.5H-3C-6 2.5-8-1-6.5-3.5-7.5-6.5-5-10 0-10Z',
    paint: 'leaf',
  },
];
const dumbbell: Drawing = [
  { path: 'M-5 0H5', paint: 'line' },
  { path: 'M-8-5h3V5h-3ZM5-5h3V5H5ZM-10.5-2.5h2.5v5h-2.5ZM8-2.5h2.5v5H8Z', paint: 'panel' },
];
const streetLamp: Drawing = [
  { path: 'M-3 9V-7C-3-10 3-10 3-7', paint: 'line' },
  { path: 'M0.5-7H5.5L4.5-4H1.5Z', paint: 'panel' },
];
/** With its wheels on the line y = 0. */
const iceCreamTruck: Drawing = [
  { path: 'M-22-5V-24H8V-5ZM8-18H15L20-12V-5H8Z', paint: 'body' },
  { path: 'M-17-19H3V-12H-17ZM10.5-16H14L17-12H10.5Z', paint: 'glass' },
  {
    path: 'M-20-24H6L4-19.5H1L-.5-22-2-19.5H-5L-6.5-22-8-19.5H-11L-12.5-22-14-19.5H-18Z',
    paint: 'accent',
  },
  { path: 'M-10-28H-4L-7-21Z', paint: 'wood' },
  { path: 'M-11-29.5a4 4 0 1 1 8 0a4 4 0 1 1-8 0Z', paint: 'accent' },
  { path: 'M-18-4a4 4 0 1 1 8 0a4 4 0 1 1-8 0ZM8-4a4 4 0 1 1 8 0a4 4 0 1 1-8 0Z', paint: 'ink' },
];

const whereabouts: Readonly<Record<string, string>> = {
  away: 'truck away',
  work: 'truck at work',
  park: 'truck at the park',
  street: 'truck in the street',
};

/** What a screen says of the ice-cream town. */
export const iceCreamStaging: StagingDeclaration<World, 'skip' | 'buy'> = {
  clock: ({ hour }) => `${hour}:00`,
  world: [
    ({ weather }) => `${weather} weather`,
    ({ sale }) => (sale === 'yes' ? 'discount day' : ''),
    ({ truck }) => whereabouts[truck]!,
  ],
  air: ({ weather }) => (weather === 'hot' ? 'warm' : weather === 'cold' ? 'cold' : ''),
  light: ({ hour }) => (hour >= 21 ? 'night' : hour >= 19 || hour < 9 ? 'dusk' : 'day'),
  sky: ({ weather }) => (weather === 'hot' ? 'clear' : weather === 'cold' ? 'cloud' : ''),
  actions: {
    skip: { did: 'skipped' },
    buy: { did: 'bought', colour: { light: '#c92a55', dark: '#ff6f91' } },
  },
  reward: { unit: '€' },
  places: {
    home: { drawing: house },
    work: { drawing: offices },
    park: { drawing: tree, green: true },
    gym: { drawing: dumbbell },
    street: { drawing: streetLamp },
  },
  visitors: { truck: iceCreamTruck },
};
