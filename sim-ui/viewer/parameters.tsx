import { useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { command } from './connection.ts';
import { control, hello, status } from './store.ts';

/** What the world of the run was made with. Other values make another world: they take effect in a run that begins anew. */
export function Parameters() {
  const wanted = useSignal<Readonly<Record<string, number>>>({});
  const beginning = useSignal(false);
  const parameters = useComputed(() => hello.value?.scenario.parameters ?? []);
  // Another hello tells of the world as it is now.
  useEffect(() => {
    wanted.value = {};
    beginning.value = false;
  }, [hello.value]);
  if (parameters.value.length === 0) return null;
  const changed = parameters.value.some(({ name, value }) => (wanted.value[name] ?? value) !== value);
  const adjustable = control.value && hello.value?.adjustable;
  const restart = (event: Event) => {
    event.preventDefault();
    if (!status.value) return;
    beginning.value = true;
    const values = Object.fromEntries(parameters.value.map(({ name, value }) => [name, wanted.value[name] ?? value]));
    command({ do: 'restart', seed: status.value.seed, parameters: values }, () => {
      beginning.value = false;
    });
  };
  return (
    <form class="parameters" aria-label="Parameters" onSubmit={restart}>
      {parameters.value.map(({ name, value, min, max, step = (max - min) / 100 }) => {
        const shown = wanted.value[name] ?? value;
        return (
          <label key={name} title={`${name}: from ${min} to ${max}`}>
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
                disabled={beginning.value}
                onInput={({ currentTarget }) => {
                  wanted.value = { ...wanted.value, [name]: Number(currentTarget.value) };
                }}
              />
            )}
          </label>
        );
      })}
      {changed && (
        <button type="submit" disabled={beginning.value || !adjustable}>
          {beginning.value ? 'Beginning anew…' : 'Begin anew with these'}
        </button>
      )}
      {!adjustable && (
        <span class="note">for other values, serve again with --set NAME=N and a workspace of its own</span>
      )}
    </form>
  );
}
