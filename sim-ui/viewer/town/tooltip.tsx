import { signal } from '@preact/signals';
import { type Frame, unpackProbability } from '../../frame.ts';
import { actions, hello } from '../store.ts';
import { capital, decimal, integer } from '../words.ts';
import type { Box, Point } from './camera.ts';
import type { TownPicture } from './picture.ts';

/** The agent that is pointed at, and where in the picture. `spoken`: by keyboard, so that it is read out. */
export const hovered = signal<{
  readonly agent: number;
  readonly at: Point;
  readonly spoken: boolean;
  readonly picture: TownPicture;
} | null>(null);

/** Who is pointed at: number, traits, what it did and how likely that was. */
export function Tooltip({ box: { width, height }, picture }: { box: Box; picture: TownPicture }) {
  const shown = hovered.value?.picture === picture ? hovered.value : null;
  const now = picture.frame.value;
  const scenario = hello.value?.scenario;
  if (!shown || !now || !scenario || shown.agent >= now.places.length)
    return <div class="tooltip" role="status" hidden />;
  const { agent, at } = shown;
  const traits = now.traitSets && picture.people.value[now.traitSets.of[agent]!];
  const [left, top] = [at[0] > width / 2, at[1] > height / 2];
  const transform = `translate(${at[0]}px, ${at[1]}px) translate(${left ? 'calc(-100% - 14px)' : '14px'}, ${top ? 'calc(-100% - 10px)' : '10px'})`;
  return (
    <div class="tooltip" role={shown.spoken ? 'status' : undefined} style={{ transform }}>
      <strong>Agent {integer(agent)}</strong>
      <span>{traits?.length ? traits.map((trait) => scenario.traits[trait]).join(', ') : 'no traits'}</span>
      {now.played && <Decision agent={agent} frame={now} />}
    </div>
  );
}

function Decision({ agent, frame: { played, actionCount } }: { agent: number; frame: Frame }) {
  const action = played!.actions[agent]!;
  const row = played!.observed[agent]! * actionCount;
  // Two actions are told by the second, as everywhere on this page.
  const told = actionCount === 2 ? 1 : action;
  const p = unpackProbability(played!.levels[row + told]!);
  const { did, name } = { did: actions.value[action]?.did ?? '', name: actions.value[told]?.name };
  return (
    <span class="tooltip-did">
      <i class="key" style={{ background: actions.value[action]?.colour }} />
      {capital(did)}
      {Number.isNaN(p) ? ', no answer' : `, P(${name}) ${decimal(p, 2)}`}
    </span>
  );
}
