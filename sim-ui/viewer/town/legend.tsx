import type { Frame } from '../../frame.ts';
import { alongside, apart, apartEnd, twin } from '../contrast.ts';
import { actions, type Colouring, colouring, connection, frame, hello } from '../store.ts';
import { integer, policyLabel } from '../words.ts';
import { arrange, arrangement, arrangements, kinds } from './arrangement.ts';

/** What the dots' colours mean; for actions, how many agents took each in the tick on show. */
export function Legend() {
  const shown = colouring.value;
  if (shown.by === 'trait')
    return (
      <p class="legend">
        <Key class="key-with" label={hello.value?.scenario.traits[shown.trait] ?? ''} />
        <Key class="key-without" label="others" />
      </p>
    );
  if (shown.by === 'probability')
    return (
      <p class="legend">
        P({actions.value[shown.action]?.name}) 0 <i class="key-ramp" /> 1
      </p>
    );
  if (shown.by === 'distance') return <DistanceLegend />;
  const now = frame.value;
  const played = now?.played;
  const { counts, silent } = now ? countActions(now, actions.value.length) : { counts: [], silent: 0 };
  return (
    <ul class="legend" aria-label="Actions">
      {actions.value.map(({ name, did, icon, colour }, i) => (
        <li key={name}>
          <Key colour={colour} label={icon ? `${icon} ${did}` : did} />
          {played && <span class="legend-count">{integer(counts[i]!)}</span>}
        </li>
      ))}
      {now && !played && (
        <li>
          <Key class="key-waiting" label="not decided yet" />
        </li>
      )}
      {silent > 0 && (
        <li>
          <Key class="key-silent" label="no answer" />
          <span class="legend-count">{integer(silent)}</span>
        </li>
      )}
    </ul>
  );
}

/**
 * How many took each action. Who got no answer did what is done by default: that is nobody's decision, and counted apart.
 * A million agents are gone through once a tick, so that nothing is called for each.
 */
function countActions(of: Frame, k: number): { readonly counts: Uint32Array; readonly silent: number } {
  const counts = new Uint32Array(k);
  const { played } = of;
  if (!played) return { counts, silent: 0 };
  const { actions, observed } = played;
  const answered = answeredRows(of);
  const agents = actions.length;
  let silent = 0;
  if (!answered.includes(0)) for (let i = 0; i < agents; i++) counts[actions[i]!]!++;
  else
    for (let i = 0; i < agents; i++)
      if (answered[observed[i]!] === 1) counts[actions[i]!]!++;
      else silent++;
  return { counts, silent };
}

/**
 * Between which policies the distance is, unless the captions of both towns say so, and its colours: they go by its root, since
 * most distances are small.
 */
function DistanceLegend() {
  const compared = apart.value;
  const end = apartEnd.value;
  return (
    <p class="legend">
      <span class="legend-item">
        |ΔP| 0 <i class="key-ramp key-apart" />
        {compared && (
          <>
            {end} <span class="aside">(middle {end / 4})</span>
          </>
        )}
      </span>
      <Key class="key-silent" label="not known" />
      {compared && (!twin.value || alongside.value) && (
        <span class="aside">
          {policyLabel(compared.left)} and {policyLabel(compared.right)}
        </span>
      )}
    </p>
  );
}

/** Of each distinct observation of a tick, 1 if it got an answer. */
function answeredRows({ played, actionCount: k }: Frame): Uint8Array {
  const levels = played?.levels ?? new Uint8Array(0);
  const rows = new Uint8Array(levels.length / k);
  for (let at = 0; at < levels.length; at++) if (levels[at]! > 0) rows[Math.floor(at / k)] = 1;
  return rows;
}

function Key({ label, colour, class: kind = '' }: { label: string; colour?: string; class?: string }) {
  return (
    <span class="legend-item" title={label}>
      <i class={`key ${kind}`} style={colour ? { background: colour } : {}} />
      {label}
    </span>
  );
}

/** The choice of what the town is arranged by. */
export function ArrangementChoice() {
  const all = arrangements.value;
  const shown = arrangement.value;
  const same = all.findIndex(
    (one) => one.by === shown.by && (one.by !== 'kind' || (shown.by === 'kind' && one.kind === shown.kind)),
  );
  return (
    <label class="field colouring">
      <span>Arrange by</span>
      <select
        value={String(same)}
        onChange={({ currentTarget: { value } }) => {
          arrange(all[Number(value)]);
        }}
      >
        {all.map((one, i) => (
          <option key={one.by === 'kind' ? one.kind : one.by} value={String(i)}>
            {one.by === 'place' ? 'place' : one.by === 'action' ? 'what they did' : kinds.value[one.kind]?.name}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The choice of what the dots' colours mean. */
export function ColourChoice() {
  const traits = hello.value?.scenario.traits ?? [];
  const others = actions.value.slice(1);
  return (
    <label class="field colouring">
      <span>Colour by</span>
      <select
        value={textOf(colouring.value)}
        onChange={({ currentTarget: { value } }) => {
          colouring.value = colouringOf(value);
        }}
      >
        <option value="action">what they did</option>
        {others.map(({ name }, i) => (
          <option key={name} value={`p${i + 1}`}>
            P({name})
          </option>
        ))}
        {connection.value !== 'recording' && <option value="distance">distance |ΔP|</option>}
        {traits.map((trait, i) => (
          <option key={trait} value={`t${i}`}>
            {trait}
          </option>
        ))}
      </select>
    </label>
  );
}

const textOf = (shown: Colouring): string =>
  shown.by === 'action' || shown.by === 'distance'
    ? shown.by
    : shown.by === 'probability'
      ? `p${shown.action}`
      : `t${shown.trait}`;

function colouringOf(text: string): Colouring {
  const index = Number(text.slice(1));
  if (text === 'action' || text === 'distance') return { by: text };
  return text.startsWith('p') ? { by: 'probability', action: index } : { by: 'trait', trait: index };
}
