import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Differences } from '../protocol/pairs.ts';
import type { Weights } from '../protocol/questions.ts';
import { weigh } from './ask.ts';
import { inspect } from './connection.ts';
import { differences, differencesOpen, twin } from './contrast.ts';
import { actions, hello, inspection, selected, status } from './store.ts';
import { counted, decimal, integer, percent, policyLabel } from './words.ts';

/** Where two policies differ most in the tick on show, and what their mean distance is to be held against. */
export function DifferencesPanel() {
  const open = differencesOpen.value;
  const most = differences.value;
  return (
    <section class="differences panel" aria-label="Differences">
      <details
        open={open}
        onToggle={({ currentTarget }) => {
          differencesOpen.value = currentTarget.open;
        }}
      >
        <summary>Where they differ most</summary>
        {most ? <Table {...most} /> : <p class="hint">{whyNot()}</p>}
      </details>
    </section>
  );
}

function whyNot(): string {
  if (!status.value?.played) return 'Nothing has been decided in the tick on show yet.';
  return twin.value || status.value.policies.length > 1 ? 'Comparing…' : 'There is no other policy to compare with.';
}

/** P of the second of two actions, of more the likeliest one. */
function said(probabilities: readonly number[]): string {
  if (probabilities.length === 2) return decimal(probabilities[1]!);
  const likeliest = probabilities.indexOf(Math.max(...probabilities));
  return `${actions.value[likeliest]?.name} ${decimal(probabilities[likeliest]!, 2)}`;
}

function Table({ left, right, canary, mean, known, agents, rows }: Differences) {
  const at = inspection.value?.agent === selected.value ? inspection.value : null;
  const looked = at && JSON.stringify([at.traits, at.context]);
  const here = rows.findIndex(({ traits, context }) => JSON.stringify([traits, context]) === looked);
  const what = actions.value.length === 2 ? `P(${actions.value[1]!.name})` : 'likeliest';
  return (
    <>
      <p class="apart-mean">
        {mean === null ? (
          <>
            {policyLabel(left)} and {policyLabel(right)} have not both answered anything of this tick yet.
          </>
        ) : (
          <>
            <b>|ΔP| {decimal(mean)}</b> on average between {policyLabel(left)} and {policyLabel(right)}
            {known < agents && `, known for ${percent(known / agents)} of the agents`}
            {canary !== undefined &&
              `, where the canary's ${counted(agents, 'agent')} are (${canary}); other agents are left out`}
          </>
        )}
      </p>
      <SelfDistance />
      {rows.length > 0 && (
        <ol class="apart-rows">
          {rows.map((row, i) => (
            <li key={i}>
              <button
                type="button"
                aria-pressed={i === here}
                onClick={() => inspect(row.agent)}
                title="Look at one of them"
              >
                <span class="apart-phrases">{[...row.traits, ...row.context].join(' · ') || 'nothing'}</span>
                <span class="apart-count">{counted(row.agents, 'agent')}</span>
                <span class="apart-numbers">
                  {what} <b class="of-left">{said(row.left)}</b> / <b class="of-right">{said(row.right)}</b>, |ΔP|{' '}
                  {decimal(row.distance)}
                </span>
              </button>
              {i === here && <Reasons left={left} right={right} />}
            </li>
          ))}
        </ol>
      )}
      {here < 0 && <Reasons left={left} right={right} />}
    </>
  );
}

/** What stands between backquotes is a command. */
const withCommands = (words: string) =>
  words.split('`').map((part, i) => (i % 2 === 0 ? part : <code key={i}>{part}</code>));

/** How far the teacher lies from itself: a student that is no further from it is as good as can be told. */
function SelfDistance() {
  const self = hello.value?.selfDistance;
  if (!self) return null;
  return (
    <p class="hint self-distance">
      {self.reruns === null ? (
        <>
          How far {policyLabel(self.teacher)} differs from itself is {withCommands(self.words)}
        </>
      ) : (
        <>
          {policyLabel(self.teacher)} differs from itself by <b>{decimal(self.reruns)}</b> ({self.words})
        </>
      )}
      {self.wordings !== undefined && `; by ${decimal(self.wordings)} from one wording of the prompt to another`}
    </p>
  );
}

/** What moves those of both who are no language models, by leaving out each phrase that the selected agent sees. */
function Reasons({ left, right }: { left: string; right: string }) {
  const shown = inspection.value?.agent === selected.value ? inspection.value : null;
  if (!shown) return null;
  const weighed = [left, right].filter(
    (name) => status.value?.policies.find((policy) => policy.name === name)?.role !== 'teacher',
  );
  return (
    <div class="reasons">
      {weighed.map((policy) => (
        <Moved key={policy} policy={policy} traits={shown.traits} context={shown.context} />
      ))}
      {shown.explanation.text && (
        <p>
          <b>{policyLabel(shown.teacher.name)}</b>: <q>{shown.explanation.text}</q>
        </p>
      )}
    </div>
  );
}

const SHOWN = 3;

/** The phrases without which a policy would decide most differently. */
function Moved({ policy, traits, context }: { policy: string; traits: readonly string[]; context: readonly string[] }) {
  const weights = useSignal<Weights | undefined>(undefined);
  const problem = useSignal('');
  const key = JSON.stringify([policy, traits, context]);
  useEffect(() => {
    let left = false;
    weights.value = undefined;
    weigh({ policy, traits: [...traits], context: [...context] }).then(
      (answer) => {
        if (left) return;
        weights.value = answer;
        problem.value = '';
      },
      (error: Error) => {
        if (!left) problem.value = error.message;
      },
    );
    return () => {
      left = true;
    };
  }, [key]);
  const told = weights.value;
  const two = actions.value.length === 2;
  return (
    <p>
      <b>{policyLabel(policy)}</b>: {!told && (problem.value || 'weighing the phrases…')}
      {told &&
        (told.without.length === 0
          ? 'sees nothing that could be left out'
          : told.without
              .slice(0, SHOWN)
              .map(({ phrase, probabilities, distance }) => {
                const moved = told.probabilities[1]! - probabilities[1]!;
                return two
                  ? `“${phrase}” ${moved < 0 ? '−' : '+'}${decimal(Math.abs(moved))}`
                  : `“${phrase}” ${decimal(distance)}`;
              })
              .join(', '))}
      {told && told.without.length > SHOWN && `, ${integer(told.without.length - SHOWN)} more`}
    </p>
  );
}
