import { useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Status } from '../protocol.ts';
import { Parameters } from './parameters.tsx';
import { connection, hello, notice, shownSince, status } from './store.ts';
import { ageInWords, clockInWords, integer } from './words.ts';

const connectionInWords = {
  connecting: 'Connecting…',
  connected: 'Connected',
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
  const problem = notice.value ?? now?.problem;
  return (
    <section class="status" aria-label="Status">
      <p class={`connection ${connection.value}`}>
        <i aria-hidden="true" />
        {connectionInWords[connection.value]}
      </p>
      <p class="tick">
        {now ? `${integer(played)} of ${integer(horizon)} ticks played` : ' '}
        <Age />
      </p>
      <Announced />
      <Parameters />
      <p class="teacher">
        {teacher && now && (
          <>
            <b>{teacher.name}</b> {teacherInWords(now, teacher)}
            {teacher.caveat && <span class="caveat"> · {teacher.caveat}</span>}
          </>
        )}
      </p>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}

/** What the run is doing; screen readers hear it when the sentence changes, not each number in it. */
function Announced() {
  const words = useComputed(() => (status.value ? clockInWords(status.value, hello.value?.scenario.horizon ?? 0) : ''));
  const heard = useComputed(() => words.value.replace(/: \d[\d,]* of [\d,]*.*$/, ''));
  const asking = status.value?.asking.find(({ why }) => why === 'tick');
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

function Age() {
  const now = useSignal(performance.now());
  useEffect(() => {
    const timer = setInterval(() => {
      now.value = performance.now();
    }, 500);
    return () => clearInterval(timer);
  }, []);
  if (!status.value) return null;
  return <span class="age"> · {ageInWords(now.value - shownSince.value)}</span>;
}

function teacherInWords({ asking, teacherKnows, compare }: Status, teacher: Status['policies'][number]): string {
  if (teacher.state === 'opening') return 'is opening…';
  if (teacher.state === 'failed') return `cannot be used: ${teacher.problem}`;
  if (teacher.problem) return `failed last: ${teacher.problem}`;
  const background = asking.find(({ why }) => why === 'comparison');
  if (asking.some(({ why, policy }) => why === 'tick' && policy === teacher.name))
    return 'is thinking about the coming tick';
  if (background)
    return `answers in the background: ${integer(background.done)} of ${integer(background.of)} observations of this tick`;
  return compare
    ? `is idle; it has answered ${integer(teacherKnows)} observations`
    : `is not asked; it has answered ${integer(teacherKnows)} observations`;
}
