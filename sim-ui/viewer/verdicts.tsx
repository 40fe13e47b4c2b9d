import type { Verdict } from '../protocol/verdicts.ts';
import { actions } from './store.ts';
import { decimal, policyLabel, readingInWords } from './words.ts';

/** A verdict with where it was computed, and what it would be without the phrases that are left out. */
export interface Judged extends Verdict {
  readonly here?: boolean;
  readonly without?: readonly number[];
}

const waiting: Record<Verdict['state'], string> = {
  known: '',
  asking: 'asking…',
  unasked: 'not asked',
  failed: 'no answer',
};

/** What each policy makes of an agent, the teacher first: of two actions a bar of the second, of more a table. */
export function Verdicts({ verdicts }: { verdicts: readonly Judged[] }) {
  const [teacher] = verdicts;
  if (actions.value.length !== 2) return <Odds verdicts={verdicts} />;
  return (
    <>
      <h3>P({actions.value[1]!.name})</h3>
      <ul class="verdicts">
        {verdicts.map((verdict, i) => (
          <Bar key={verdict.name} {...verdict} teacher={i === 0} mark={teacher?.probabilities?.[1]} />
        ))}
      </ul>
    </>
  );
}

/** How the teacher's answer was read, and what it wrote, byte for byte. */
export function Reading({ heard, what }: { heard: Verdict['heard']; what: string }) {
  const words = heard && readingInWords(heard);
  if (!heard || (words === undefined && heard.reply === undefined)) return null;
  return (
    <div class={heard.outcome === 'ok' ? 'reading' : 'reading unanswered'}>
      {words && <p>{words}</p>}
      {heard.reason !== undefined && heard.reply === undefined && heard.outcome !== 'ok' && <p>{heard.reason}</p>}
      {heard.reply !== undefined && (
        <details open={heard.outcome !== 'ok'}>
          <summary>{what}</summary>
          <p class="reply">{heard.reply === '' ? '(nothing)' : heard.reply}</p>
        </details>
      )}
    </div>
  );
}

/** A probability on the line from 0 to 1, with the teacher's as a mark to compare with. */
function Bar({
  name,
  state,
  probabilities,
  reason,
  teacher,
  mark,
  here,
  without,
}: Judged & { teacher: boolean; mark?: number }) {
  const probability = probabilities?.[1];
  const less = without?.[1];
  const computed = here && probability !== undefined ? `${decimal(probability, 7)}, computed in this page` : undefined;
  return (
    <li class={teacher ? 'verdict of-teacher' : 'verdict'} title={reason ?? computed}>
      <span class="verdict-name" title={name}>
        {policyLabel(name)}
      </span>
      <span class="verdict-line" aria-hidden="true">
        <span class="verdict-bar" style={{ width: `${(probability ?? 0) * 100}%` }} />
        {less !== undefined && <span class="verdict-without" style={{ left: `${less * 100}%` }} />}
        {!teacher && mark !== undefined && <span class="verdict-mark" style={{ left: `${mark * 100}%` }} />}
      </span>
      <span class="verdict-value">
        {probability === undefined ? waiting[state] : decimal(probability)}
        {less !== undefined && <span class="verdict-less"> → {decimal(less)}</span>}
      </span>
    </li>
  );
}

/** A row an action, a column a policy; what is wider than the panel scrolls sideways beside the names of the actions. */
function Odds({ verdicts }: { verdicts: readonly Judged[] }) {
  return (
    <>
      <h3 id="odds-label">P of each action</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: without a pointer only what has the focus can be scrolled */}
      <section class="odds-box" tabIndex={0} aria-labelledby="odds-label">
        <table class="odds" style={{ '--policies': verdicts.length }}>
          <thead>
            <tr>
              <td />
              {verdicts.map(({ name }, i) => (
                <th key={name} scope="col" class={i === 0 ? 'of-teacher' : ''} title={name}>
                  <span>{policyLabel(name).replace('student:', '')}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {actions.value.map(({ name, colour }, a) => (
              <tr key={name}>
                <th scope="row" title={name}>
                  <span>
                    <i class="key" style={{ background: colour }} />
                    {name}
                  </span>
                </th>
                {verdicts.map((verdict) => (
                  <Cell key={verdict.name} {...verdict} action={a} colour={colour} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

function Cell({
  state,
  probabilities,
  reason,
  here,
  without,
  action,
  colour,
}: Judged & { action: number; colour: string }) {
  const p = probabilities?.[action];
  const less = without?.[action];
  if (p === undefined) return <td title={reason ?? waiting[state]}>{action === 0 ? waiting[state] : ''}</td>;
  return (
    <td title={here ? `${decimal(p, 7)}, computed in this page` : undefined}>
      <span class="odds-bar" style={{ width: `${100 * p}%`, background: colour }} aria-hidden="true" />
      {decimal(p, 2)}
      {less !== undefined && <span class="verdict-less"> → {decimal(less, 2)}</span>}
    </td>
  );
}
