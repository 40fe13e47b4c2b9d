import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Result, Results } from '../protocol/work.ts';
import { CommandLine } from './command-line.tsx';
import { connection } from './store.ts';
import { counted, momentInWords } from './words.ts';
import { readResults, workshop } from './workshop.ts';

/** What lies in the workspace: each result with its number, and the command that makes it again. */
export function ResultsPane() {
  const results = useSignal<Results | undefined>(undefined);
  const problem = useSignal<string | undefined>(undefined);
  const read = () =>
    readResults().then(
      (list) => {
        results.value = list;
        problem.value = undefined;
      },
      (error: Error) => {
        problem.value = error.message;
      },
    );
  // Read when somebody looks, and again when something has come of work.
  const { job, data, report } = workshop.value ?? {};
  const key = JSON.stringify([
    connection.value === 'connected',
    job?.id,
    job?.state,
    job?.students,
    data,
    report?.made,
  ]);
  useEffect(() => {
    void read();
  }, [key]);
  return (
    <div class="results">
      <p class="work-buttons">
        <button type="button" onClick={() => void read()}>
          Read again
        </button>
        <span class="note">{results.value ? summary(results.value) : problem.value ? '' : 'Reading…'}</span>
      </p>
      {problem.value && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      {results.value?.kinds.map((kind) => (
        <Kind key={kind.kind} {...kind} />
      ))}
    </div>
  );
}

function summary({ kinds }: Results): string {
  const found = kinds.reduce((sum, { results, more }) => sum + results.length + more, 0);
  const broken = kinds.reduce((sum, { problems }) => sum + problems.length, 0);
  if (found + broken === 0) return 'Nothing yet: ask and train, or make a study.';
  return `${counted(found, 'result')}${broken > 0 ? `, ${counted(broken, 'file')} that cannot be read` : ''}`;
}

function Kind({ kind, title, results, more, problems }: Results['kinds'][number]) {
  return (
    <section aria-labelledby={`results-${kind}`}>
      <h3 id={`results-${kind}`}>{title}</h3>
      {problems.map((problem) => (
        <p key={problem} class="problem">
          {problem}
        </p>
      ))}
      {alike(results).map(({ file, command, made, rows }) => (
        <div key={`${file} ${command}`} class="result">
          <dl>
            {rows.map(({ what, number }) => (
              <div key={`${what} ${number}`}>
                <dt>{what}</dt>
                <dd>{number}</dd>
              </div>
            ))}
          </dl>
          <p class="note">
            {command ? (
              <CommandLine text={command} />
            ) : (
              'The file does not say all that it would take to make it again.'
            )}{' '}
            {file}, {momentInWords(new Date(made))}
          </p>
        </div>
      ))}
      {more > 0 && <p class="note">and {counted(more, 'more result')}</p>}
    </section>
  );
}

/** Results that one command makes, together. */
function alike(results: readonly Result[]) {
  const groups: { file: string; command: string | undefined; made: string; rows: Result[] }[] = [];
  for (const result of results) {
    const last = groups.at(-1);
    if (last && last.file === result.file && last.command === result.command) last.rows.push(result);
    else groups.push({ file: result.file, command: result.command, made: result.made, rows: [result] });
  }
  return groups;
}
