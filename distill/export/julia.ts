import { UnderstudyError } from '../../env/error.ts';
import { inComment, julia, quoted, wrapped } from './literal.ts';
import type { NetworkForm } from './network-form.ts';
import { type Program, type TableRows, TOLERANCE } from './program.ts';
import { SCALE } from './table-form.ts';

/** "ice_cream_v1_mlp" as Julia names modules: IceCreamV1Mlp. */
export const moduleName = (file: string): string =>
  file
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

/**
 * A module in Julia 1.6 or later that needs no package. Written after Julia's manual and checked by an evaluator of its own; there is
 * no Julia here to run it.
 * @throws {UnderstudyError} DISTILL_ARGUMENT for a name that no module can have, or a text that Julia cannot write
 */
export function juliaProgram({ name, about, phrases, actions, exclusive, example, form }: Program): string {
  const module = moduleName(name);
  if (!/^[A-Za-z]/.test(module))
    throw new UnderstudyError(
      'DISTILL_ARGUMENT',
      `Julia names the module after the file, beginning with a letter; got ${name}`,
    );
  const list = (texts: readonly string[]) =>
    wrapped(
      texts.map((text) => `${quoted(text, julia)},`),
      { indent: '    ' },
    );
  return `${about.map((line) => `# ${inComment(line)}`).join('\n')}
#
#   include("${name}.jl"); using .${module}
#   probabilities([${example.map((j) => quoted(phrases[j]!, julia)).join(', ')}])
#
# For Julia 1.6 and later. Files like this one are tested by reading their numbers back, which give the test vectors
# again to within ${TOLERANCE.toFixed(6)}; they are not run in Julia. julia ${name}.jl compares it with ${name}.vectors.csv.
module ${module}

export probabilities, decide

const PHRASES = String[
${list(phrases)}
]
const ACTIONS = String[
${list(actions)}
]
# Indices of phrases of which at most one holds.
const EXCLUSIVE = Vector{Int}[
${wrapped(
  exclusive.map((group) => `[${group.map((j) => j + 1).join(', ')}],`),
  { indent: '    ' },
)}
]
const INDEX = Dict{String,Int}(phrase => j for (j, phrase) in enumerate(PHRASES))

"Which phrases hold, 0 or 1 by phrase."
function encode(held)
    held isa AbstractString && throw(ArgumentError("expected a list of phrases, got the text $(repr(held))"))
    bits = zeros(Int, length(PHRASES))
    for phrase in held
        j = get(INDEX, phrase, 0)
        j == 0 && throw(ArgumentError("unknown phrase: $(repr(phrase)) (known: $(join(repr.(PHRASES), ", ")))"))
        bits[j] = 1
    end
    for group in EXCLUSIVE
        both = [j for j in group if bits[j] == 1]
        length(both) > 1 && throw(ArgumentError("$(repr(PHRASES[both[1]])) and $(repr(PHRASES[both[2]])) exclude each other"))
    end
    return bits
end

"P of each action for somebody for whom these phrases hold, in the order of ACTIONS."
probabilities(held = String[]) = row_of(encode(held))

"An action drawn by its probability; uniform is a random number from 0 up to 1."
function decide(held = String[], uniform = rand())
    row = probabilities(held)
    left = uniform
    for (action, p) in zip(ACTIONS, row)
        left -= p
        left < 0 && return action
    end
    return ACTIONS[findlast(>(0), row)]
end

numbers(text) = parse.(Float64, split(text))

${form.kind === 'table' ? tableCode(form, actions.length) : networkCode(form)}

"How many test vectors there are, and the largest difference from them."
function check(vectors = splitext(@__FILE__)[1] * ".vectors.csv")
    lines = [parse.(Float64, split(line, ',')) for line in readlines(vectors)[2:end] if !isempty(line)]
    width = length(PHRASES)
    apart = [maximum(abs.(row_of(Int.(line[1:width])) .- line[width+1:end])) for line in lines]
    return (count = length(lines), worst = maximum(apart))
end

end

if abspath(PROGRAM_FILE) == @__FILE__
    found = ${module}.check()
    println(found.count, " vectors, largest difference ", found.worst)
    exit(found.worst <= ${TOLERANCE} ? 0 : 1)
end
`;
}

const tableCode = (
  { keys, values }: TableRows,
  actions: number,
) => `# States as hexadecimal masks, ascending: the lowest bit is the first phrase.
const KEYS = String.(split("""
${wrapped(keys)}
"""))
# P of each action but the first, in units of ${1 / SCALE}.
const NUMBERS = numbers("""
${wrapped(values.flat().map(String))}
""") ./ ${SCALE}
const ROW_OF = Dict{String,Int}(key => i for (i, key) in enumerate(KEYS))

"P of each action, from 0 or 1 by phrase."
function row_of(bits)
    digit(d) = sum(2^j * get(bits, 4 * d + j + 1, 0) for j in 0:3)
    key = join(string(digit(d), base = 16) for d in (cld(length(PHRASES), 4)-1):-1:0)
    i = get(ROW_OF, key, 0)
    i == 0 && throw(ArgumentError("no such state: {$(join(repr.(PHRASES[bits .== 1]), ", "))}"))
    others = NUMBERS[((i-1)*${actions - 1}+1):(i*${actions - 1})]
    return [max(0.0, 1 - sum(others)); others]
end`;

function networkCode({ members, head }: NetworkForm): string {
  const vector = (items: readonly number[]) => `numbers("""\n${wrapped(items.map(String))}\n""")`;
  const parts = members.map(({ features, layers }) => {
    const inputs = features.map((phrases) => `[${phrases.map((j) => j + 1).join(', ')}],`);
    const dense = layers.map(
      ({ weights, bias }) =>
        `        (outputs = ${bias.length}, weights = ${vector(weights.flat())}, bias = ${vector(bias)}),`,
    );
    return `    (inputs = Vector{Int}[\n${wrapped(inputs, { indent: '        ' })}\n    ], layers = [\n${dense.join('\n')}\n    ]),`;
  });
  return `# By member: inputs (each 1 where all of its phrases hold), then layers; weights input by input, then by output.
const MEMBERS = [
${parts.join('\n')}
]

sigmoid(z) = 1 / (1 + exp(-z))

"P of each action, from 0 or 1 by phrase."
function row_of(bits)
    rows = map(MEMBERS) do member
        x = Float64[all(j -> bits[j] == 1, phrases) for phrases in member.inputs]
        for (l, layer) in enumerate(member.layers)
            z = layer.bias .+ reshape(layer.weights, layer.outputs, :) * x
            x = l < length(member.layers) ? max.(0.0, z) : z
        end
${
  head.kind === 'softmax'
    ? `        weights = exp.(x .- maximum(x))
        weights ./ sum(weights)`
    : `        levels = Float64[${(head.kind === 'ordinal' ? head.levels : [0, 1]).join(', ')}]
        p = levels[1] + sum(sigmoid.(x) .* diff(levels))
        [1 - p, p]`
}
    end
    return sum(rows) ./ length(rows)
end`;
}
