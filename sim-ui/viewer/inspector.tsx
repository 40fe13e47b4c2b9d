import { useSignal } from '@preact/signals';
import type { Inspection, Verdict } from '../protocol.ts';
import { inspect } from './connection.ts';
import { hello, inspection, selected } from './store.ts';
import { capital, decimal, past } from './words.ts';

/** One agent: who it is, what it sees, what each policy makes of it, and why. */
export function InspectorPanel() {
  const agents = hello.value?.agents ?? 1;
  const typed = useSignal<string | undefined>(undefined);
  const shown = inspection.value?.agent === selected.value ? inspection.value : null;
  const choose = (text: string) => {
    typed.value = undefined;
    const agent = Number(text);
    if (text !== '' && Number.isInteger(agent) && agent >= 0 && agent < agents) inspect(agent);
    else if (text === '') inspect(null);
    else typed.value = text;
  };
  return (
    <section class="inspector panel" aria-label="Inspector">
      <header class="inspector-head">
        <h2>Inspector</h2>
        <label class="field">
          <span>Agent</span>
          <input
            type="number"
            min="0"
            max={agents - 1}
            step="1"
            placeholder={`0–${agents - 1}`}
            value={typed.value ?? selected.value ?? ''}
            onInput={({ currentTarget }) => choose(currentTarget.value)}
          />
        </label>
        <button type="button" onClick={() => inspect(Math.floor(Math.random() * agents))}>
          Any
        </button>
        <button type="button" disabled={selected.value === null} onClick={() => inspect(null)}>
          Clear
        </button>
      </header>
      {typed.value !== undefined && (
        <p class="hint" role="alert">
          There are agents 0 to {agents - 1}.
        </p>
      )}
      {shown ? (
        <Agent {...shown} />
      ) : (
        <p class="empty">
          {selected.value === null
            ? 'Click an agent in the town, or type its number, to see what it sees and what teacher and students make of it.'
            : `Looking at agent ${selected.value}…`}
        </p>
      )}
    </section>
  );
}

function Agent({ agent, traits, context, state, action, decidedBy, prompt, teacher, explanation, others }: Inspection) {
  return (
    <div class="agent">
      <p class="sr-only" role="status">
        Agent {agent}: {traits.join(', ')}
      </p>
      <dl class="facts">
        <dt>Traits</dt>
        <dd>
          <Phrases phrases={traits} />
        </dd>
        <dt>Context</dt>
        <dd>
          <Phrases phrases={context} none="nothing out of the ordinary" />
        </dd>
        <dt>State</dt>
        <dd class="state">
          {Object.entries(state).map(([name, level]) => (
            <span key={name}>
              {name} <b>{level}</b>
            </span>
          ))}
        </dd>
        <dt>Action</dt>
        <dd>{action ? `${capital(past(action))} under ${decidedBy}` : 'Not played yet'}</dd>
      </dl>
      <h3>P({hello.value?.scenario.actions.length === 2 ? hello.value.scenario.actions[1] : 'act'})</h3>
      <ul class="verdicts">
        {[teacher, ...others].map((verdict, i) => (
          <Bar key={verdict.name} {...verdict} teacher={i === 0} mark={teacher.probability} />
        ))}
      </ul>
      <h3>Why, in the words of {teacher.name}</h3>
      <Explanation {...explanation} name={teacher.name} />
      <h3>Prompt</h3>
      <p class="prompt">{prompt}</p>
    </div>
  );
}

function Phrases({ phrases, none = 'none' }: { phrases: readonly string[]; none?: string }) {
  if (phrases.length === 0) return <span class="none">{none}</span>;
  return (
    <ul class="phrases">
      {phrases.map((phrase) => (
        <li key={phrase}>{phrase}</li>
      ))}
    </ul>
  );
}

const waiting: Record<Verdict['state'], string> = {
  known: '',
  asking: 'asking…',
  unasked: 'not asked',
  failed: 'no answer',
};

/** A probability on the line from 0 to 1, with the teacher's as a mark to compare with. */
function Bar({ name, state, probability, reason, teacher, mark }: Verdict & { teacher: boolean; mark?: number }) {
  return (
    <li class={teacher ? 'verdict of-teacher' : 'verdict'} title={reason}>
      <span class="verdict-name">{name}</span>
      <span class="verdict-line" aria-hidden="true">
        <span class="verdict-bar" style={{ width: `${(probability ?? 0) * 100}%` }} />
        {!teacher && mark !== undefined && <span class="verdict-mark" style={{ left: `${mark * 100}%` }} />}
      </span>
      <span class="verdict-value">{probability === undefined ? waiting[state] : decimal(probability)}</span>
    </li>
  );
}

function Explanation({ state, text, probability, reason, name }: Inspection['explanation'] & { name: string }) {
  if (state === 'known')
    return (
      <blockquote class="explanation">
        <p>{text ? `“${text}”` : 'It gave a number and no reason.'}</p>
        {probability !== undefined && <footer>It wrote {decimal(probability, 2)} beside it.</footer>}
      </blockquote>
    );
  const words =
    state === 'asking' ? `Asking ${name}…` : state === 'failed' ? (reason ?? 'No answer.') : 'Not asked yet.';
  return <blockquote class="explanation pending">{words}</blockquote>;
}
