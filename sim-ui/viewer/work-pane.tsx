import { signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import {
  FEWEST_OBSERVATIONS,
  MOST_EPOCHS,
  MOST_OBSERVATIONS,
  type Order,
  orderSchema,
  studentKinds,
  type WorkJob,
  type WorkPlan,
  type WorkshopState,
} from '../protocol/work.ts';
import { CommandLine } from './command-line.tsx';
import { Job } from './job.tsx';
import { control } from './store.ts';
import { integer, policyLabel } from './words.ts';
import { planOf, tell, workshop } from './workshop.ts';

/** What somebody puts together, kept while the pane is closed. */
const form = signal({
  do: 'ask' as Order['do'],
  teacher: undefined as string | undefined,
  size: 500,
  students: ['mlp'] as (typeof studentKinds)[number][],
  epochs: '',
  report: true,
});
const change = (part: Partial<typeof form.value>) => {
  form.value = { ...form.value, ...part };
};

const kinds = [
  ['ask', 'Ask and train'],
  ['train', 'Train on the data set that is there'],
  ['study', 'Make a whole study'],
] as const satisfies readonly (readonly [Order['do'], string])[];

/** What is ordered by the form; undefined while it lacks something. */
function orderOf({ teachers, states }: WorkshopState): Order | undefined {
  const { do: what, students, epochs, report } = form.value;
  const size = Math.min(form.value.size, states);
  const teacher = teachers.find(({ name }) => name === form.value.teacher)?.name ?? teachers[0]?.name ?? '';
  const limit = epochs === '' ? {} : { epochs: Number(epochs) };
  const made =
    what === 'study'
      ? { do: what, teacher, size, ...limit }
      : { do: what, students: studentKinds.filter((kind) => students.includes(kind)), report, ...limit };
  const order = orderSchema.safeParse(what === 'ask' ? { ...made, teacher, size } : made);
  return order.success ? order.data : undefined;
}

/** Orders work, watches it, and lets what comes of it decide. */
export function WorkPane() {
  const box = useRef<HTMLDivElement>(null);
  /** Whether the focus is in here, or was on something that is gone. */
  const within = useRef(false);
  const working = isWorking(workshop.value?.job);
  useEffect(() => {
    if (within.current && document.activeElement === document.body) box.current?.focus({ preventScroll: true });
  }, [working]);
  return (
    <div
      class="work-box"
      ref={box}
      tabIndex={-1}
      onFocusIn={() => {
        within.current = true;
      }}
      onFocusOut={({ relatedTarget }) => {
        if (relatedTarget && !box.current?.contains(relatedTarget as Node)) within.current = false;
      }}
    >
      <Working working={working} />
    </div>
  );
}

const isWorking = (job: WorkJob | undefined) => job?.state === 'working' || job?.state === 'stopping';

function Working({ working }: { working: boolean }) {
  const problem = useSignal<string | undefined>(undefined);
  const agreeing = useSignal(false);
  const first = useRef<HTMLButtonElement>(null);
  const state = workshop.value!;
  const order = orderOf(state);
  const { plan, why } = usePlan(order);
  useEffect(() => {
    if (agreeing.value) first.current?.focus();
  }, [agreeing.value]);
  if (state.problem) return <p class="hint">{state.problem}</p>;
  const give = async (confirmed?: number) => {
    agreeing.value = false;
    try {
      await tell({ do: 'begin', order: order!, ...(confirmed !== undefined && { confirmed }) });
      problem.value = undefined;
    } catch (error) {
      problem.value = (error as Error).message;
    }
  };
  const submit = (event: Event) => {
    event.preventDefault();
    if (plan?.confirm) agreeing.value = true;
    else void give();
  };
  const disabled = !control.value;
  if (working)
    return (
      <>
        <Job {...state.job!}>
          <button
            type="button"
            disabled={disabled || state.job!.state === 'stopping'}
            title="What is done stays: the same order goes on from there"
            onClick={() =>
              tell({ do: 'cancel' }).catch((error: Error) => {
                problem.value = error.message;
              })
            }
          >
            Cancel
          </button>
        </Job>
        {problem.value && (
          <p class="problem" role="alert">
            {problem.value}
          </p>
        )}
      </>
    );
  const { do: what } = form.value;
  const teacher = order && order.do !== 'train' ? policyLabel(order.teacher) : '';
  return (
    <>
      {state.job && <Job {...state.job} />}
      <form class="work" onSubmit={submit}>
        <label>
          <span>Work</span>
          <select
            value={what}
            disabled={disabled}
            onChange={({ currentTarget }) => change({ do: currentTarget.value as Order['do'] })}
          >
            {kinds.map(([kind, label]) => (
              <option key={kind} value={kind}>
                {label}
              </option>
            ))}
          </select>
        </label>
        {what !== 'train' && (
          <>
            <label>
              <span>Teacher</span>
              <select
                aria-label="Teacher to ask"
                value={order && order.do !== 'train' ? order.teacher : state.teachers[0]?.name}
                disabled={disabled}
                onChange={({ currentTarget }) => change({ teacher: currentTarget.value })}
              >
                {state.teachers.map(({ name, elsewhere }) => (
                  <option key={name} value={name}>
                    {policyLabel(name)}
                    {elsewhere ? ' (elsewhere)' : ''}
                  </option>
                ))}
              </select>
            </label>
            <label>
              <span>Observations</span>
              <input
                type="number"
                aria-label="Number of observations"
                min={FEWEST_OBSERVATIONS}
                max={Math.min(MOST_OBSERVATIONS, state.states)}
                step="1"
                required
                value={Math.min(form.value.size, state.states)}
                disabled={disabled}
                onInput={({ currentTarget }) => change({ size: Number(currentTarget.value) })}
              />
            </label>
          </>
        )}
        {what !== 'study' && (
          // biome-ignore lint/a11y/useSemanticElements: a legend stands in no grid
          <div class="work-students" role="group" aria-labelledby="work-students">
            <span id="work-students">Students</span>
            <div class="work-ticks">
              {state.students.map((kind) => (
                <label key={kind} class="tick">
                  <input
                    type="checkbox"
                    checked={form.value.students.includes(kind)}
                    disabled={disabled}
                    onChange={({ currentTarget }) => {
                      const others = form.value.students.filter((other) => other !== kind);
                      change({ students: currentTarget.checked ? [...others, kind] : others });
                    }}
                  />
                  {kind}
                </label>
              ))}
            </div>
          </div>
        )}
        <label>
          <span>Epochs</span>
          <input
            type="number"
            aria-label="Maximum number of epochs"
            min="1"
            max={MOST_EPOCHS}
            step="1"
            placeholder="by student"
            value={form.value.epochs}
            disabled={disabled}
            onInput={({ currentTarget }) => change({ epochs: currentTarget.value })}
          />
        </label>
        {what !== 'study' && (
          <label class="tick">
            <input
              type="checkbox"
              checked={form.value.report}
              disabled={disabled}
              onChange={({ currentTarget }) => change({ report: currentTarget.checked })}
            />
            Write the report, too
          </label>
        )}
        <Plan plan={plan} why={order ? why : 'Choose a student, and numbers within their limits.'} />
        {agreeing.value && plan ? (
          <fieldset class="agree" aria-label="Questions that may cost money">
            <p>
              At most <b>{integer(plan.questions)} questions</b> to {teacher}, on a machine that is not this one. They
              may cost money; pages may put {integer(state.questionsLeft)} in all from now on.
            </p>
            <button ref={first} type="button" class="main" onClick={() => give(plan.questions)}>
              Ask {teacher}
            </button>
            <button
              type="button"
              onClick={() => {
                agreeing.value = false;
              }}
            >
              Not now
            </button>
          </fieldset>
        ) : (
          <p class="work-buttons">
            <button type="submit" class="main" disabled={disabled || !plan}>
              Begin
            </button>
            {!control.value && <span class="note">begun by whoever controls the run</span>}
          </p>
        )}
      </form>
      {problem.value && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
    </>
  );
}

/** What the server says that an order would do, asked when somebody has stopped typing. */
function usePlan(order: Order | undefined): { plan?: WorkPlan; why?: string } {
  const known = useSignal<{ key: string; plan?: WorkPlan; why?: string } | undefined>(undefined);
  // What is there, and whether somebody may ask, change what there is to say.
  const key = JSON.stringify([order, workshop.value?.data, workshop.value?.job?.state, control.value]);
  useEffect(() => {
    if (!order || !control.value) return;
    let left = false;
    const timer = setTimeout(() => {
      planOf(order).then(
        (plan) => {
          if (!left) known.value = { key, plan };
        },
        (error: Error) => {
          if (!left) known.value = { key, why: error.message };
        },
      );
    }, 200);
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [key]);
  return known.value?.key === key ? known.value : {};
}

function Plan({ plan, why }: { plan: WorkPlan | undefined; why: string | undefined }) {
  if (!plan) return <p class="hint plan">{why ?? ' '}</p>;
  return (
    <div class="hint plan">
      <p>{plan.words.join(' ')}</p>
      <Commands commands={plan.commands} />
    </div>
  );
}

function Commands({ commands }: { commands: readonly string[] }) {
  return (
    <details class="commands">
      <summary>The same by command</summary>
      {commands.map((line) => (
        <CommandLine key={line} text={line} />
      ))}
    </details>
  );
}
