import { type Signal, useComputed, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Exports } from './exports.tsx';
import { canariesOnShow, changesOnShow, Fork, Runs, runName, ticksOf } from './runs.tsx';
import { connection, deadLink, hello, looking, points, runOnShow, runs, status } from './store.ts';
import { integer, policyLabel } from './words.ts';

/** Ticks a second at which the past is played. */
const SPEEDS = [1, 2, 5, 10, 30];

/** Something that happened, from a tick on. */
interface Mark {
  readonly tick: number;
  readonly kind: 'swap' | 'fork' | 'change' | 'canary' | 'failure';
  readonly words: string;
  /** Ticks that it lasted, of a failure. */
  readonly length: number;
}

/** What is marked on the line of a run: who took over, where it forked, where agents got no answer. */
function marksOf(): Mark[] {
  const info = runs.value.kept.find(({ run }) => run === runOnShow.value);
  const swaps = (info?.policies ?? []).slice(1).map(({ tick, policy }): Mark => {
    const fork = info?.from?.tick === tick;
    return {
      ...{ tick, length: 0, kind: fork ? 'fork' : 'swap' },
      words: `${policyLabel(policy)} takes over${fork ? `, forked from ${runName(info.from!.run).toLowerCase()}` : ''}`,
    };
  });
  const changes = changesOnShow()
    // Who takes over in a fork is marked as that.
    .filter(({ fork, tick }) => !fork || !swaps.some((swap) => swap.tick === tick))
    .map(({ tick, words, fork }): Mark => {
      const kind = fork ? 'fork' : 'change';
      return { tick, length: 0, kind, words: fork || tick === 0 ? words : `from here on ${words}` };
    });
  const failures: Mark[] = [];
  for (const { tick, failed } of points.value) {
    const last = failures.at(-1);
    if (failed === 0) continue;
    if (last && last.tick + last.length === tick) failures[failures.length - 1] = { ...last, length: last.length + 1 };
    else failures.push({ tick, kind: 'failure', length: 1, words: 'agents got no answer' });
  }
  const canaries = canariesOnShow().map(({ tick, words }): Mark => ({ tick, length: 0, kind: 'canary', words }));
  return [...swaps, ...changes, ...canaries, ...failures];
}

/** The ticks of the run on show: scrub, play back, return to the present; every run; forks; and what can be taken along. */
export function Timeline() {
  const now = status.value;
  const info = runs.value.kept.find(({ run }) => run === runOnShow.value);
  const ticks = info ? ticksOf(info) : 0;
  const last = Math.max(0, ticks - 1);
  const present = runOnShow.value === now?.run;
  // Who is not heard of shows no tick again.
  const there = connection.value === 'connected' || connection.value === 'recording';
  const playing = useSignal(false);
  const speed = useSignal(5);
  const shown = looking.value?.tick ?? (now?.past ? now.tick : last);
  const turn = (tick: number) => {
    deadLink.value = undefined;
    looking.value =
      present && tick >= last && connection.value === 'connected' ? null : { run: runOnShow.peek(), tick };
  };
  usePlayback(playing, speed, last);
  const marks = useComputed(marksOf);
  const at = `Tick ${integer(shown)} of 0–${integer(last)}`;
  return (
    <section class={now?.past ? 'timeline panel looking-back' : 'timeline panel'} aria-label="Timeline">
      <div class="timeline-line">
        <button
          type="button"
          disabled={ticks < 2 || !there}
          aria-pressed={playing.value}
          title="Plays the ticks that are over, from the one on show"
          onClick={() => {
            playing.value = !playing.value;
            if (playing.value && shown >= last) looking.value = { run: runOnShow.value, tick: 0 };
          }}
        >
          {playing.value ? 'Stop' : 'Watch'}
        </button>
        <label class="field back-speed">
          <select
            aria-label="Speed of playing back"
            value={speed.value}
            onChange={({ currentTarget }) => {
              speed.value = Number(currentTarget.value);
            }}
          >
            {SPEEDS.map((ticksPerSecond) => (
              <option key={ticksPerSecond} value={ticksPerSecond}>
                {ticksPerSecond}/s
              </option>
            ))}
          </select>
        </label>
        <div class="track">
          <input
            type="range"
            aria-label="Tick"
            aria-valuetext={now?.past ? `${at}, looking back` : at}
            min="0"
            max={last}
            step="1"
            value={shown}
            disabled={ticks === 0 || !there}
            onInput={({ currentTarget }) => {
              playing.value = false;
              turn(Number(currentTarget.value));
            }}
          />
          <Marks marks={marks.value} last={last} />
        </div>
        <output class="at">
          {ticks > 0 ? at : 'No tick yet'}
          {!present && <span class="note"> {runName(runOnShow.value).toLowerCase()}</span>}
        </output>
        {connection.value !== 'recording' && (
          <button
            type="button"
            class={now?.past ? 'main' : ''}
            aria-pressed={!looking.value}
            title="Back to what happens now"
            onClick={() => {
              playing.value = false;
              looking.value = null;
            }}
          >
            Live
          </button>
        )}
        {connection.value !== 'recording' && (
          <Menu label={`Runs (${runs.value.kept.length})`}>
            <Runs />
            <Fork />
          </Menu>
        )}
        <Menu label="Share">
          <Exports />
        </Menu>
      </div>
      {deadLink.value && (
        <p class="dead-link" role="alert">
          {deadLink.value}
        </p>
      )}
    </section>
  );
}

/** Plays the past until its end, each tick when the one before has been shown. */
function usePlayback(playing: Signal<boolean>, speed: Signal<number>, last: number): void {
  const end = useRef(last);
  end.current = last;
  useEffect(() => {
    if (!playing.value) return;
    let timer = 0;
    const next = () => {
      const at = looking.peek();
      const { past, tick } = status.peek() ?? {};
      const arrived = at !== null && past?.run === at.run && tick === at.tick;
      if (at === null || at.tick >= end.current) {
        playing.value = false;
        return;
      }
      if (arrived) looking.value = { run: at.run, tick: at.tick + 1 };
      timer = window.setTimeout(next, arrived ? 1000 / speed.peek() : 15);
    };
    looking.value ??= { run: runOnShow.peek(), tick: 0 };
    timer = window.setTimeout(next, 0);
    return () => clearTimeout(timer);
  }, [playing.value]);
}

/** Marks on the line, and in words for whoever cannot see it. */
function Marks({ marks, last }: { marks: readonly Mark[]; last: number }) {
  const share = (tick: number) => (last > 0 ? Math.min(1, tick / last) : 0);
  return (
    <>
      {marks.map(({ tick, kind, length }) => (
        <i
          key={`${kind} ${tick}`}
          class={`mark mark-${kind}`}
          aria-hidden="true"
          style={{ '--at': share(tick), '--to': share(tick + length) }}
        />
      ))}
      <ul class="sr-only" aria-label="Marks">
        {marks.map(({ tick, kind, words, length }) => (
          <li key={`${kind} ${tick}`}>
            Tick {tick}
            {length > 1 ? ` to ${tick + length - 1}` : ''}: {words}
          </li>
        ))}
      </ul>
    </>
  );
}

/** A panel that opens above its button; Escape and a click elsewhere close it. */
function Menu({ label, children }: { label: string; children: ComponentChildren }) {
  const open = useSignal(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open.value) return;
    const away = (event: PointerEvent) => {
      if (!box.current!.contains(event.target as Node)) open.value = false;
    };
    addEventListener('pointerdown', away);
    return () => removeEventListener('pointerdown', away);
  }, [open.value]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the key closes the panel wherever in it the focus is
    <div
      class="menu"
      ref={box}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !open.value) return;
        open.value = false;
        box.current!.querySelector('button')!.focus();
      }}
    >
      <button
        type="button"
        aria-expanded={open.value}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        {label}
      </button>
      {open.value && hello.value && <div class="menu-panel panel">{children}</div>}
    </div>
  );
}
