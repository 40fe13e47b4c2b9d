import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { command } from './connection.ts';
import { offeredTwin } from './contrast.ts';
import { connection, control, hello, restarted, status } from './store.ts';
import { counted, integer, policyLabel, timeInWords } from './words.ts';

/** What a person is told above the town: that the server has started again, that the run has ended. */
export function Banners() {
  return (
    <section class="banners" aria-label="Notices">
      <Restart />
      <TwinOffered />
      <TwinLost />
      <CanaryOver />
      <Encore />
    </section>
  );
}

const SEEN = 'introduction';

/** No storage in this browser's mode: it is introduced at each visit. */
function wasSeen(): boolean {
  try {
    return localStorage.getItem(SEEN) === 'seen';
  } catch {
    return false;
  }
}

/** One sentence and three things to try, until they are put away. */
export function Introduction() {
  const seen = useSignal(wasSeen());
  if (seen.value || !hello.value || !status.value) return null;
  const { agents } = hello.value;
  const teacher = status.value.policies.findLast(({ role }) => role === 'teacher');
  const dismiss = () => {
    seen.value = true;
    try {
      localStorage.setItem(SEEN, 'seen');
    } catch {
      // seen until the page is left
    }
  };
  return (
    <section class="introduction panel" aria-label="Introduction">
      <p>
        <b>{agents === 1 ? 'One simulated person' : `${integer(agents)} simulated people`}</b>, and whoever you choose
        decides for all of them: a language model (the teacher) or a small student that has learned from it.
      </p>
      <ol>
        <li>Play, and watch what they do.</li>
        <li>
          {teacher ? `Choose ${policyLabel(teacher.name)} under Policy: ` : 'Choose another policy: '}what changes?
        </li>
        <li>Click somebody: what does each policy make of them, and why?</li>
      </ol>
      <button type="button" onClick={dismiss}>
        Got it
      </button>
    </section>
  );
}

function Restart() {
  const lost = restarted.value;
  if (!lost) return null;
  return (
    <div class="banner warning" role="status">
      <p>
        <b>The server was started again.</b> The run that was here is gone with its charts (
        {counted(lost.ticks, 'tick')}, seed {lost.seed}, last under {policyLabel(lost.policy)}). This is a new run,
        since {timeInWords(lost.at)}. What teachers have answered is kept.
      </p>
      <button
        type="button"
        onClick={() => {
          restarted.value = undefined;
        }}
      >
        Dismiss
      </button>
    </div>
  );
}

/** A link that was opened holds another town beside this one. */
function TwinOffered() {
  const offered = offeredTwin.value;
  if (!offered || !control.value) return null;
  const { policy, since } = offered;
  return (
    <div class="banner" role="status">
      <p>
        The link shows this town beside the one under <b>{policyLabel(policy)}</b> since tick {integer(since)}. It is
        asked about those ticks again, where it has not answered yet.
      </p>
      <button
        type="button"
        onClick={() => {
          offeredTwin.value = undefined;
          command({ do: 'split', policy, since });
        }}
      >
        Show both
      </button>
      <button
        type="button"
        onClick={() => {
          offeredTwin.value = undefined;
        }}
      >
        Not now
      </button>
    </div>
  );
}

/** The split view is gone although nobody closed it. */
function TwinLost() {
  const lost = status.value?.twinLost;
  if (!lost) return null;
  return (
    <Warning
      id={`${status.value?.run} ${lost.policy} ${JSON.stringify(status.value?.parameters)}`}
      title="The town beside this one has ended."
      words={lost.words}
    >
      {control.value && (
        <button type="button" onClick={() => command({ do: 'split', policy: lost.policy })}>
          {policyLabel(lost.policy)} beside it again
        </button>
      )}
    </Warning>
  );
}

/** A canary has ended although nobody called it back. */
function CanaryOver() {
  const over = status.value?.canaryOver;
  if (!over) return null;
  return (
    <Warning
      id={JSON.stringify([status.value?.run, over])}
      title={`The canary under ${policyLabel(over.policy)} (${over.who}) has ended.`}
      words={over.words}
    />
  );
}

interface WarningProps {
  /** Another one is another warning. */
  readonly id: string;
  readonly title: string;
  readonly words: string;
  /** What can be done about it. */
  readonly children?: ComponentChildren;
}

/** What is not as somebody left it, until it has been read. */
function Warning({ id, title, words, children }: WarningProps) {
  const read = useSignal<string | undefined>(undefined);
  if (read.value === id || connection.value !== 'connected') return null;
  return (
    <div class="banner warning" role="status">
      <p>
        <b>{title}</b> {words}
      </p>
      {children}
      <button
        type="button"
        onClick={() => {
          read.value = id;
        }}
      >
        Dismiss
      </button>
    </div>
  );
}

/** At the horizon: the next seed under who is in charge, or the same one under another. */
function Encore() {
  const chosen = useSignal<string | undefined>(undefined);
  const now = status.value;
  if (now?.clock !== 'ended' || !control.value) return null;
  const ready = now.policies.filter(({ state }) => state === 'ready');
  const decided = now.policy;
  const other = ready.findLast(({ name }) => name !== decided) ?? ready[0];
  const under = ready.some(({ name }) => name === chosen.value) ? chosen.value! : other?.name;
  const next = (now.seed + 1) % 2 ** 32;
  return (
    <div class="banner encore">
      <p>
        <b>The run has ended</b> after {counted(hello.value?.scenario.horizon ?? 0, 'tick')} with seed {now.seed}.
      </p>
      <button
        type="button"
        title={`Another run under ${decided}, with the next seed: ${next}`}
        onClick={() => command({ do: 'restart', seed: next, play: true })}
      >
        Play again <span class="aside">seed {next}</span>
      </button>
      {under !== undefined && (
        <span class="same-luck">
          <button
            type="button"
            title={`The same people and the same chance events, seed ${now.seed}, decided by ${under}`}
            onClick={() => command({ do: 'restart', seed: now.seed, policy: under, play: true })}
          >
            Same luck under {policyLabel(under)}
          </button>
          <select
            aria-label="Who decides on the same luck"
            value={under}
            onChange={({ currentTarget: { value } }) => {
              chosen.value = value;
            }}
          >
            {ready.map(({ name }) => (
              <option key={name} value={name}>
                {policyLabel(name)}
              </option>
            ))}
          </select>
        </span>
      )}
    </div>
  );
}
