import { useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Alarm } from '../protocol/failures.ts';
import type { Status } from '../protocol/status.ts';
import { Parameters } from './parameters.tsx';
import { alarmRead, connection, hello, lostSince, notice, shownSince, status, townAway } from './store.ts';
import {
  ageInWords,
  alarmInWords,
  announcedInWords,
  clockInWords,
  counted,
  failureInWords,
  integer,
  percent,
  policyLabel,
  timeInWords,
} from './words.ts';

const connectionInWords = {
  connecting: 'Connecting…',
  connected: 'Connected',
  silent: 'The server is silent',
  lost: 'Connection lost, trying again',
  refused: 'Not connected',
  recording: 'A recording',
};

/** Connection, age of the tick on show, what the run and the teacher are doing, and what to know about the teacher. */
export function StatusBar() {
  const now = status.value;
  const horizon = hello.value?.scenario.horizon ?? 0;
  const played = now?.ticks ?? 0;
  const teacher = now?.policies.findLast(({ role }) => role === 'teacher');
  const away = townAway.value;
  const lasting = away === undefined ? now?.problem : awayInWords(away);
  if (connection.value === 'recording') return <RecordingStatus problem={notice.value} />;
  return (
    <section class="status" aria-label="Status">
      {now?.alarm && <Unanswered {...now.alarm} key={keyOf(now, now.alarm)} id={keyOf(now, now.alarm)} />}
      {lasting && (
        <p class="alarm" role="alert">
          {lasting}
        </p>
      )}
      <p class={`connection ${connection.value}`}>
        <i aria-hidden="true" />
        {away ? 'Waiting for the town' : connectionInWords[connection.value]}
      </p>
      <p class="tick">
        {now ? `${integer(played)} of ${integer(horizon)} ticks played` : ' '}
        {played > 0 && <Age />}
      </p>
      <Announced />
      <Failures />
      <Parameters />
      <p class="teacher">
        {teacher && now && (
          <>
            <b title={teacher.name}>{policyLabel(teacher.name)}</b>{' '}
            {connection.value === 'connected' ? teacherInWords(now, teacher) : 'is out of reach'}
            {teacher.caveat && <span class="caveat"> · {teacher.caveat}</span>}
          </>
        )}
      </p>
      {notice.value && (
        <p class="problem" role="alert">
          {notice.value}
        </p>
      )}
    </section>
  );
}

/** A page without a server has a run to show and nothing that goes on. */
function RecordingStatus({ problem }: { problem: string | undefined }) {
  const { scenario, version } = hello.value ?? {};
  return (
    <section class="status" aria-label="Status">
      <p class="connection connected">
        <i aria-hidden="true" />
        {connectionInWords.recording}
      </p>
      <p class="tick">{status.value ? `${counted(status.value.ticks, 'tick')}, seed ${status.value.seed}` : ' '}</p>
      <p>
        {scenario?.parameters.map(({ name, value }) => `${name} = ${Number(value.toPrecision(6))} · `)}
        {version && `written by Understudy ${version}`}
      </p>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}

/** Tells alarms apart: one that was read stays away, the next one comes. */
const keyOf = ({ run }: Status, { tick, policy, pausedAbove }: Alarm) =>
  `${run} ${tick} ${policy} ${pausedAbove ?? ''}`;

/** Agents got no answer. It is read out once: its words stay as they are. */
function Unanswered({ id, ...alarm }: Alarm & { id: string }) {
  if (alarmRead.value === id) return null;
  const said = alarm.reply ?? alarm.reason;
  return (
    <div class="alarm" role="alert">
      <p>
        {alarmInWords(alarm)}{' '}
        {said !== undefined && (
          <>
            {alarm.reply === undefined ? 'The first reason' : 'The first reply'}: <q>{said}</q>{' '}
          </>
        )}
        {alarm.pausedAbove === undefined
          ? 'They took the default action; the charts leave them out of P.'
          : `The run has paused: more than ${percent(alarm.pausedAbove)} had no answer. Play to go on in spite of it, or let another policy decide.`}
      </p>
      <button
        type="button"
        onClick={() => {
          alarmRead.value = id;
        }}
      >
        Dismiss
      </button>
    </div>
  );
}

/** Questions without an answer, by policy and kind; always there, so that nothing has to be looked for. */
function Failures() {
  const failures = status.value?.failures ?? [];
  if (!status.value) return null;
  if (failures.length === 0) return <p class="failures">No unanswered questions</p>;
  return (
    <ul class="failures some" aria-label="Questions without an answer">
      {failures.map(({ policy, kind, observations, agents, run }) => (
        <li key={`${policy} ${kind}`} title={`${policy}: ${kind}`}>
          <b>{policyLabel(policy)}</b> {failureInWords(kind)}: {counted(observations, 'observation')},{' '}
          {counted(agents, 'agent')} now, {integer(run)} in this run
        </li>
      ))}
    </ul>
  );
}

/** What the run is doing; screen readers hear one sentence when that changes, and nothing of its numbers. */
function Announced() {
  const horizon = hello.value?.scenario.horizon ?? 0;
  const since = lostSince.value;
  // Nobody knows what a server does that is not heard of.
  const lost = connection.value !== 'connected';
  const words = useComputed(() => {
    if (!status.value) return '';
    if (connection.value === 'connected') return clockInWords(status.value, hello.value?.scenario.horizon ?? 0);
    if (!lostSince.value) return '';
    const who = townAway.value ? 'town' : 'server';
    const advice = townAway.value ? '' : '. Start the server again if it was stopped';
    return `No ${who} since ${timeInWords(lostSince.value)}: this is the last known state${advice}`;
  });
  const heard = status.value && !lost ? announcedInWords(status.value, horizon) : since ? words.value : '';
  const asking = lost ? undefined : status.value?.asking.find(({ why }) => why === 'tick');
  return (
    <p class="clock">
      <span class="sr-only" aria-live="polite">
        {heard}
      </span>
      <span aria-hidden="true">{words}</span>
      {asking && <progress max={asking.of} value={asking.done} aria-hidden="true" />}
    </p>
  );
}

/** Why there is no town, in a sentence. */
const awayInWords = (why: string) => `This page is served apart from the town, and ${why}. It goes on by itself.`;

function Age() {
  const now = useSignal(performance.now());
  useEffect(() => {
    const timer = setInterval(() => {
      now.value = performance.now();
    }, 500);
    return () => clearInterval(timer);
  }, []);
  // A text that changes by itself: nothing else is rendered for it.
  const words = useComputed(() => ageInWords(now.value - shownSince.value));
  if (!status.value) return null;
  return <span class="age"> · {words}</span>;
}

function teacherInWords({ asking, teacherKnows, compare }: Status, teacher: Status['policies'][number]): string {
  if (teacher.state === 'opening') return 'is opening…';
  if (teacher.state === 'failed') return `cannot be used: ${teacher.problem}`;
  if (teacher.problem) return `failed last: ${teacher.problem}`;
  const background = asking.find(({ why }) => why === 'comparison');
  if (asking.some(({ why, policy }) => why === 'tick' && policy === teacher.name))
    return 'is thinking about the coming tick';
  if (background)
    return `answers in the background: ${integer(background.done)} of ${counted(background.of, 'observation')} of this tick`;
  return compare
    ? `is idle; it has answered ${counted(teacherKnows, 'observation')}`
    : `is not asked; it has answered ${counted(teacherKnows, 'observation')}`;
}
