import type { Drawing, StagingDeclaration } from '../../env/staging.ts';

interface World {
  readonly time: 'morning' | 'evening';
  readonly weather: 'dry' | 'rain' | 'snow';
  readonly buses: 'on time' | 'late';
}

const terrace: Drawing = [
  { path: 'M-9 8V-5L-6-9-3-5V8ZM-3 8V-5L0-9 3-5V8ZM3 8V-5L6-9 9-5V8Z', paint: 'panel' },
  { path: 'M-6 8V4M0 8V4M6 8V4', paint: 'line' },
];
const house: Drawing = [
  { path: 'M-7 8V-1L0-8 7-1V8Z', paint: 'panel' },
  { path: 'M-2 8V2H2V8', paint: 'line' },
];
const church: Drawing = [
  { path: 'M-8 8V0H8V8ZM-3 8V-4L0-10 3-4V8Z', paint: 'panel' },
  { path: 'M0 8V4', paint: 'line' },
];
const tower: Drawing = [
  { path: 'M-6 8V-10H6V8Z', paint: 'panel' },
  { path: 'M-3-7h2M1-7h2M-3-3h2M1-3h2M-3 1h2M1 1h2M-1 8V5H1V8', paint: 'line' },
];

/** What a screen says of the town on its way to work. */
export const mobilityStaging: StagingDeclaration<World, 'stay' | 'walk' | 'cycle' | 'bus' | 'car'> = {
  clock: ({ time }) => time,
  world: [
    ({ weather }) => ({ dry: 'dry', rain: 'it is raining', snow: 'it is snowing' })[weather],
    ({ buses }) => (buses === 'late' ? 'the buses are late' : 'the buses are on time'),
  ],
  air: ({ weather }) => (weather === 'snow' ? 'cold' : ''),
  light: ({ time }) => (time === 'evening' ? 'dusk' : 'day'),
  sky: ({ weather }) => (({ dry: 'clear', rain: 'rain', snow: 'snow' }) as const)[weather],
  crowd: { road: { as: 'roads' }, bus: { label: 'morning buses' } },
  actions: {
    stay: { did: 'stayed' },
    walk: { did: 'walked' },
    cycle: { did: 'cycled' },
    bus: { did: 'took the bus' },
    car: { did: 'drove' },
  },
  measures: {
    minutes: { label: 'time under way', unit: 'min' },
    'CO2 (kg)': { label: 'CO₂', unit: 'kg' },
  },
  places: {
    centre: { drawing: terrace },
    suburb: { drawing: house },
    village: { drawing: church, green: true },
    office: { drawing: tower },
  },
};
