import type { ComponentChildren } from 'preact';
import type { WorkJob, WorkStage } from '../protocol/work.ts';
import { CommandLine } from './command-line.tsx';
import { command } from './connection.ts';
import { control, status } from './store.ts';
import { capital, durationInWords, integer, percent, policyLabel, scoreExplained, scoreInWords } from './words.ts';

/** What a piece of work has come to, in a few words. */
export function jobInWords({ state, order, students }: Pick<WorkJob, 'state' | 'order' | 'students'>): string {
  const what =
    order.do === 'study'
      ? `the study of ${policyLabel(order.teacher)}`
      : `${order.do === 'ask' ? `asking ${policyLabel(order.teacher)} and ` : ''}training ${order.students.join(', ')}`;
  if (state === 'working') return what;
  if (state === 'stopping') return `stopping ${what}`;
  if (state === 'stopped') return `${what} was stopped; the same order goes on from there`;
  if (state === 'failed') return `${what} has failed`;
  return `${what} is done${students.length > 0 ? `: ${students.map(policyLabel).join(', ')} can decide now` : ''}`;
}

/** A piece of work: how far it is, what it has brought, why it failed. */
export function Job({ children, ...job }: WorkJob & { children?: ComponentChildren }) {
  const { state, stages, lines, problem, students, seconds, commands } = job;
  const ended = state !== 'working' && state !== 'stopping';
  const open = stages.filter(({ done, of }) => done < of);
  const steps = (shown: readonly WorkStage[]) => (
    <ul class="stages" aria-label="Steps">
      {shown.map((stage) => (
        <Stage key={stage.name} stage={stage} ended={ended} />
      ))}
    </ul>
  );
  return (
    <div class={`job job-${state}`}>
      <p>
        <b>{capital(jobInWords(job))}</b> <span class="note">{durationInWords(seconds)}</span>
      </p>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {students.length > 0 && (
        <ul class="ready" aria-label="Students that are ready">
          {students.map((name) => (
            <Ready key={name} name={name} />
          ))}
        </ul>
      )}
      {!ended && stages.length > 0 && steps(open.length > 0 ? open : stages.slice(-1))}
      {children}
      <details class="commands">
        <summary>{ended ? 'What was done' : 'What is done'}</summary>
        {commands.map((line) => (
          <CommandLine key={line} text={line} />
        ))}
        {lines.map((line, i) => (
          <p key={i} class="note">
            {line}
          </p>
        ))}
        {ended && stages.length > 0 && steps(stages)}
      </details>
    </div>
  );
}

/** A student that has been trained, with the button that puts it in charge. */
function Ready({ name }: { name: string }) {
  const policy = status.value?.policies.find((known) => known.name === name);
  const decides = status.value?.policy === name;
  return (
    <li>
      <span>
        <b>{policyLabel(name)}</b>{' '}
        {policy?.score && (
          <span class="score" title={scoreExplained(policy.score)}>
            {scoreInWords(policy.score)} {policy.score.on === 'test' ? 'on test' : 'on validation'}
          </span>
        )}
      </span>
      <button
        type="button"
        disabled={!control.value || policy?.state !== 'ready' || decides}
        aria-label={`${decides ? 'In charge' : 'Put in charge'}: ${policyLabel(name)}`}
        title="It decides from the next tick on"
        onClick={() => command({ do: 'swap', policy: name })}
      >
        {decides ? 'In charge' : 'Put in charge'}
      </button>
    </li>
  );
}

function Stage({ stage, ended }: { stage: WorkStage; ended: boolean }) {
  const { name, done, of, rate, secondsLeft, note, figures } = stage;
  const complete = done >= of;
  const details = [
    ...(of > 1 ? [`${integer(done)} of ${integer(of)}`] : []),
    ...(!complete && !ended && rate !== undefined && rate > 0
      ? [`${rate >= 10 ? integer(rate) : rate.toPrecision(2)}/s`]
      : []),
    ...(!complete && !ended && secondsLeft !== undefined ? [`${durationInWords(secondsLeft)} left`] : []),
    ...Object.entries(figures ?? {}).map(([what, value]) => `${what} ${value}`),
    ...(note ? [note] : []),
  ];
  return (
    <li>
      <span class="stage-name">{name}</span>
      <progress
        max={Math.max(of, 1)}
        value={of > 0 ? Math.min(done, of) : 0}
        aria-label={name}
        aria-valuetext={of > 0 ? percent(Math.min(1, done / of)) : undefined}
      />
      <span class="note">{details.join(', ')}</span>
    </li>
  );
}
