import { everyEdgeWanted, FEW, neighbours } from './acquaintances.ts';
import { inspect } from './connection.ts';
import { actions, connection, frame, hello, runOnShow } from './store.ts';
import { counted, integer } from './words.ts';

/** Neighbours that are listed one by one. */
const LISTED = 24;

/** Whom the selected agent knows, and what they did in the tick on show. */
export function Neighbours({ agent }: { agent: number }) {
  const known = neighbours.value;
  if (!hello.value?.network || known?.agent !== agent || known.run !== runOnShow.value) return null;
  const did = frame.value?.played?.actions;
  const counts = actions.value.map((_, a) => known.to.filter((other) => did?.[other] === a).length);
  const words = actions.value.flatMap(({ did: verb }, a) => (counts[a]! > 0 ? `${integer(counts[a]!)} ${verb}` : []));
  return (
    <>
      <dt>Knows</dt>
      <dd>
        {counted(known.edges, 'neighbour')}
        {did && words.length > 0 ? `: ${words.join(', ')}` : ''}
        <ul class="phrases neighbours" aria-label="Neighbours">
          {known.to.slice(0, LISTED).map((other) => {
            const action = did && actions.value[did[other]!];
            return (
              <li key={other}>
                <button
                  type="button"
                  title={`Agent ${other}${action ? `: ${action.did}` : ''}`}
                  onClick={() => inspect(other)}
                >
                  {action && <i class="key" style={{ background: action.colour }} />} {other}
                  {action && <span class="sr-only"> {action.did}</span>}
                </button>
              </li>
            );
          })}
          {known.edges > LISTED && <li class="note">and {integer(known.edges - LISTED)} more</li>}
        </ul>
      </dd>
    </>
  );
}

/** In which network agents are neighbours, and whether all its edges are drawn; of many agents they could not be read. */
export function NetworkChoice() {
  const { network, agents = 0 } = hello.value ?? {};
  if (!network || connection.value === 'recording') return null;
  const many = agents > FEW;
  return (
    <label
      class="field network"
      title={`Neighbours (${network.name}) make ${network.factors.join(', ')}${many ? `; all edges are drawn of up to ${integer(FEW)} agents, of more those of the selected one` : ''}`}
    >
      <input
        type="checkbox"
        checked={everyEdgeWanted.value && !many}
        disabled={many}
        onChange={({ currentTarget }) => {
          everyEdgeWanted.value = currentTarget.checked;
        }}
      />
      <span>All edges</span>
    </label>
  );
}
