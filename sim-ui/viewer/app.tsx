import { useEffect } from 'preact/hooks';
import { Banners, Introduction } from './banners.tsx';
import { Charts } from './charts.tsx';
import { command } from './connection.ts';
import { Controls, MeanShares, PolicyChoice } from './controls.tsx';
import { DifferencesPanel } from './differences.tsx';
import { PeoplePane } from './people-pane.tsx';
import { StatusBar } from './status.tsx';
import { connection, control, hello, status } from './store.ts';
import { StudyPane } from './study-pane.tsx';
import { Timeline } from './timeline.tsx';
import { Town } from './town/town.tsx';
import { counted } from './words.ts';

export function App() {
  useEffect(() => {
    addEventListener('keydown', shortcut);
    return () => removeEventListener('keydown', shortcut);
  }, []);
  return (
    <div class="app">
      <header class="bar">
        <h1>
          <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
            <circle class="logo-teacher" cx="12" cy="16" r="9" />
            <circle class="logo-student" cx="20" cy="16" r="9" />
          </svg>
          Understudy
        </h1>
        <p class="what">{hello.value ? `${hello.value.scenario.id} · ${counted(hello.value.agents, 'agent')}` : ' '}</p>
        {connection.value !== 'recording' && <Controls />}
      </header>
      <Banners />
      <main class="stage">
        <div class="left">
          <Town />
          <Timeline />
          <Charts />
        </div>
        <div class="right">
          {connection.value !== 'recording' && <Introduction />}
          {connection.value === 'recording' ? <Saved /> : <PolicyChoice />}
          {connection.value !== 'recording' && (
            <div class="folds">
              <DifferencesPanel />
              <StudyPane />
            </div>
          )}
          <PeoplePane />
        </div>
      </main>
      <StatusBar />
    </div>
  );
}

/** What a page is that has no server. */
function Saved() {
  return (
    <section class="policies panel" aria-label="Recording">
      <h2>A recording</h2>
      <p class="hint">
        A run as it was, saved to look at: move through its ticks below the town, play them back, click an agent.
        Nothing is asked or decided here.
      </p>
      <MeanShares />
    </section>
  );
}

/** Space plays and pauses, the right arrow and the full stop play one tick; not while something else wants the key. */
function shortcut(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey || !control.value || !status.value) return;
  if (status.value.clock === 'ended') return;
  if (target.closest('input, select, textarea, button, summary, a, [contenteditable]')) return;
  if (event.key === ' ') command({ do: status.value.playing ? 'pause' : 'play' });
  else if (event.key === '.' || event.key === 'ArrowRight') command({ do: 'step' });
  else return;
  event.preventDefault();
}
