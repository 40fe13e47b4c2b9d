import { useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { command } from './connection.ts';
import { control, hello, status } from './store.ts';

/**
 * What the world of the run is made with. Another value holds from the next tick on; where that would change more than its
 * laws, the server says so, and only a run that begins anew can have it.
 */
export function Parameters() {
  const wanted = useSignal<Readonly<Record<string, number>>>({});
  /** Whether the run cannot go on with what is wanted. */
  const refused = useSignal(false);
  const working = useSignal(false);
  const parameters = useComputed(() => hello.value?.scenario.parameters ?? []);
  useEffect(() => {
    wanted.value = {};
    refused.value = false;
    working.value = false;
  }, [hello.value]);
  const now = status.value;
  if (!hello.value || !now || parameters.value.length === 0) return null;
  const adjustable = control.value && hello.value.adjustable;
  const currentValue = (name: string) => now.parameters[name] ?? 0;
  const steer = (name: string, value: number) => {
    if (value === currentValue(name)) return;
    working.value = true;
    command({ do: 'steer', parameters: { [name]: value } }, (obeyed) => {
      working.value = false;
      refused.value = !obeyed;
      if (obeyed) wanted.value = {};
    });
  };
  const beginAnew = (event: Event) => {
    event.preventDefault();
    working.value = true;
    const values = Object.fromEntries(
      parameters.value.map(({ name }) => [name, wanted.value[name] ?? currentValue(name)]),
    );
    command({ do: 'restart', seed: now.seed, parameters: values }, () => {
      working.value = false;
    });
  };
  return (
    <form class="parameters" aria-label="Parameters" onSubmit={beginAnew}>
      {parameters.value.map(({ name, min, max, step = (max - min) / 100 }) => {
        const shown = wanted.value[name] ?? currentValue(name);
        return (
          <label key={name} title={`${name}: from ${min} to ${max}; another value holds from the next tick on`}>
            <span>
              {name} = <output>{Number(shown.toPrecision(6))}</output>
            </span>
            {adjustable && max > min && (
              <input
                type="range"
                aria-label={`Parameter ${name}`}
                min={min}
                max={max}
                step={step}
                value={shown}
                disabled={working.value}
                onInput={({ currentTarget }) => {
                  wanted.value = { ...wanted.value, [name]: Number(currentTarget.value) };
                }}
                onChange={({ currentTarget }) => steer(name, Number(currentTarget.value))}
              />
            )}
          </label>
        );
      })}
      {refused.value && (
        <button type="submit" disabled={working.value || !adjustable}>
          {working.value ? 'Beginning anew…' : 'Begin anew with these'}
        </button>
      )}
      {!adjustable && (
        <span class="note">for other values, serve again with --set NAME=N and a workspace of its own</span>
      )}
    </form>
  );
}
