import type { Hello, Status } from '../protocol.ts';

const whole = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

/** 10000 as 10,000. */
export const integer = (n: number): string => whole.format(n);

/** 1 agent, 10,000 agents. */
export const counted = (n: number, what: string): string => `${integer(n)} ${what}${n === 1 ? '' : 's'}`;

/** A probability or a difference of two: .412. */
export const decimal = (p: number, digits = 3): string => p.toFixed(digits);

export const percent = (share: number): string => `${Math.floor(share * 100)} %`;

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** When the tick on show is: "Day 3, 14:00". */
export function whenInWords(status: Pick<Status, 'day' | 'world'>): string {
  const { hour } = status.world;
  return typeof hour === 'number' ? `Day ${status.day}, ${hour}:00` : `Day ${status.day}`;
}

/** What the world is like, in words: "hot summer weather · discount day · the truck is at the park". */
export function worldInWords(world: Status['world'], scenario: Hello['scenario']): string[] {
  const places = scenario.places.map(({ name }) => name);
  return Object.entries(world)
    .filter(([name]) => name !== 'hour')
    .flatMap(([name, level]) => {
      if (name === 'weather') return [`${level} weather`];
      if (name === 'sale') return level === 'yes' ? ['discount day'] : [];
      if (level === 'home' || level === 'work') return [`${name} at ${level}`];
      if (level === 'street') return [`${name} in the street`];
      if (places.includes(String(level))) return [`${name} at the ${level}`];
      return [`${name} ${level}`];
    });
}

/** How long ago, coarse enough not to flicker. */
export function ageInWords(ms: number): string {
  if (ms < 1000) return 'just now';
  if (ms < 60_000) return `${Math.floor(ms / 1000)} s ago`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ago`;
  return `${Math.floor(ms / 3_600_000)} h ago`;
}

/** An action in the past tense: bought, skipped. */
export function past(action: string): string {
  const irregular: Record<string, string> = { buy: 'bought', skip: 'skipped' };
  return irregular[action] ?? `chose ${action}`;
}

/** What is happening, for the status line and for screen readers. */
export function clockInWords(status: Status, horizon: number): string {
  const asking = status.asking.find(({ why }) => why === 'tick');
  if (asking) return `Asking ${asking.policy}: ${integer(asking.done)} of ${integer(asking.of)} distinct observations`;
  if (status.clock === 'ended') return `Ended after ${integer(horizon)} ticks. Restart to play again.`;
  if (status.clock === 'playing') return `Playing under ${status.policy}`;
  return `Paused, ${status.policy} in charge`;
}
