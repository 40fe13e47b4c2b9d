import { signal, useComputed } from '@preact/signals';
import type { ComponentChild } from 'preact';
import { jobInWords } from './job.tsx';
import { ResultsPane } from './results.tsx';
import { capital, momentInWords } from './words.ts';
import { WorkPane } from './work-pane.tsx';
import { workshop } from './workshop.ts';

const panes = [
  ['work', 'Ask and train', () => <WorkPane />],
  ['results', 'Results', () => <ResultsPane />],
] as const satisfies readonly (readonly [string, string, () => ComponentChild])[];
type Pane = (typeof panes)[number][0];

const opened = signal(false);
const shown = signal<Pane>('work');

/** What goes on in the workspace, and what lies there. */
export function StudyPane() {
  const heard = useComputed(() => {
    const job = workshop.value?.job;
    return job ? capital(jobInWords(job)) : '';
  });
  if (!workshop.value) return null;
  const turn = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    const at = panes.findIndex(([name]) => name === shown.value);
    const [next] = panes[(at + by + panes.length) % panes.length]!;
    shown.value = next;
    document.getElementById(`study-tab-${next}`)?.focus();
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <section class="study panel" aria-label="Study">
      <details
        open={opened.value}
        onToggle={({ currentTarget }) => {
          opened.value = currentTarget.open;
        }}
      >
        <summary>
          Study <Now />
        </summary>
        <div class="study-head">
          <div class="tabs" role="tablist" aria-label="Study">
            {panes.map(([name, label]) => (
              <button
                key={name}
                type="button"
                role="tab"
                id={`study-tab-${name}`}
                aria-selected={shown.value === name}
                aria-controls="study-panel"
                tabIndex={shown.value === name ? 0 : -1}
                onKeyDown={turn}
                onClick={() => {
                  shown.value = name;
                }}
              >
                {label}
              </button>
            ))}
          </div>
          <ReportLink />
        </div>
        <div id="study-panel" role="tabpanel" aria-labelledby={`study-tab-${shown.value}`}>
          {opened.value && panes.find(([name]) => name === shown.value)![2]()}
        </div>
      </details>
      <p class="sr-only" aria-live="polite">
        {heard}
      </p>
    </section>
  );
}

/** What is under way, beside the heading. */
function Now() {
  const job = workshop.value?.job;
  if (!job || (job.state !== 'working' && job.state !== 'stopping')) return null;
  const stage = job.stages.at(-1);
  return (
    <span class="study-now" aria-hidden="true">
      {stage ? stage.name : jobInWords(job)}
      {stage && stage.of > 0 && <progress max={stage.of} value={Math.min(stage.done, stage.of)} />}
    </span>
  );
}

/** The report of the workspace; there is a link while there is one. */
function ReportLink() {
  const report = workshop.value?.report;
  if (!report) return null;
  const { made, newer } = report;
  return (
    <p class="study-report">
      <a href="./report/" target="_blank" rel="noopener">
        Report
      </a>{' '}
      <span class="note">
        of {momentInWords(new Date(made))}
        {newer.length > 0 &&
          `, older than ${newer.length < 2 ? newer.join('') : `${newer.slice(0, -1).join(', ')} and ${newer.at(-1)}`}`}
      </span>
    </p>
  );
}
