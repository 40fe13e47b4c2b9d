import { inComment, quoted, r, wrapped } from './literal.ts';
import type { NetworkForm } from './network-form.ts';
import { type Program, type TableRows, TOLERANCE } from './program.ts';
import { SCALE } from './table-form.ts';

/** A program in R that needs no package: `source` makes one list, `student`. */
export function rProgram({ name, about, phrases, actions, exclusive, example, form }: Program): string {
  const list = (texts: readonly string[]) =>
    wrapped(
      texts.map((text, i) => `${quoted(text, r)}${i < texts.length - 1 ? ',' : ''}`),
      { indent: '    ' },
    );
  const groups = exclusive.map(
    (group, i) => `c(${group.map((j) => j + 1).join(', ')})${i < exclusive.length - 1 ? ',' : ''}`,
  );
  return `${about.map((line) => `# ${inComment(line)}`).join('\n')}
#
#   source("${name}.R")
#   student$probabilities(student$phrases[c(${example.map((j) => j + 1).join(', ')})])
#
# Rscript ${name}.R compares this file with ${name}.vectors.csv.
student <- local({
  phrases <- c(
${list(phrases)}
  )
  actions <- c(
${list(actions)}
  )
  # Indices of phrases of which at most one holds.
  exclusive <- list(
${wrapped(groups, { indent: '    ' })}
  )

  # Which phrases hold, as a matrix of one row of 0 and 1.
  encode <- function(held) {
    known <- match(enc2utf8(as.character(held)), phrases)
    if (anyNA(known))
      stop(sprintf("unknown phrase: %s (known: %s)", dQuote(held[is.na(known)][1], FALSE),
                   paste(dQuote(phrases, FALSE), collapse = ", ")), call. = FALSE)
    bits <- matrix(0, 1, length(phrases))
    bits[known] <- 1
    for (group in exclusive) {
      both <- group[bits[group] == 1]
      if (length(both) > 1)
        stop(sprintf("%s and %s exclude each other", dQuote(phrases[both[1]], FALSE), dQuote(phrases[both[2]], FALSE)), call. = FALSE)
    }
    bits
  }

${form.kind === 'table' ? tableCode(form, actions.length) : networkCode(form)}

  # P of each action for somebody for whom these phrases hold, by name.
  probabilities <- function(held = character()) setNames(probabilities_of(encode(held))[1, ], actions)

  # An action drawn by its probability.
  decide <- function(held = character()) sample(actions, 1, prob = pmax(0, probabilities(held)))

  # How many test vectors there are, and the largest difference from them.
  check <- function(vectors) {
    rows <- as.matrix(read.csv(vectors))
    n <- length(phrases)
    got <- probabilities_of(unname(rows[, seq_len(n), drop = FALSE]))
    list(count = nrow(rows), worst = max(abs(got - rows[, -seq_len(n), drop = FALSE])))
  }

  list(phrases = phrases, actions = actions, encode = encode, probabilities = probabilities,
       probabilities_of = probabilities_of, decide = decide, check = check)
})

if (sys.nframe() == 0L && !interactive()) local({
  file <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
  if (length(file) == 1) {
    found <- student$check(sub("[.][^.]*$", ".vectors.csv", gsub("~+~", " ", file, fixed = TRUE)))
    cat(sprintf("%d vectors, largest difference %.1e\\n", found$count, found$worst))
    if (!isTRUE(found$worst <= ${TOLERANCE})) quit(status = 1)
  }
})
`;
}

/**
 * Items as a vector of long lines. Rscript parses an expression anew at each of its lines, so that many short ones take minutes;
 * a single string of everything takes long too.
 */
const lines = (items: readonly string[]): string =>
  `c(\n${wrapped(items, { width: 2500 })
    .split('\n')
    .map((line) => `"${line}"`)
    .join(',\n')})`;

const tableCode = (
  { keys, values }: TableRows,
  actions: number,
) => `  # States as hexadecimal masks, ascending: bit j - 1 is phrase j.
  keys <- scan(text = ${lines(keys)}, what = "", quiet = TRUE)
  # P of each action but the first, in units of ${1 / SCALE}.
  numbers <- matrix(scan(text = ${lines(values.flat().map(String))}, quiet = TRUE) / ${SCALE}, ncol = ${actions - 1}, byrow = TRUE)

  # P of each action for many people, shape [n, k]; bits: a matrix of 0 and 1, a row for each of them.
  probabilities_of <- function(bits) {
    digits <- ceiling(length(phrases) / 4)
    padded <- cbind(bits, matrix(0, nrow(bits), 4 * digits - ncol(bits)))
    hex <- function(d) c(0:9, letters[1:6])[1 + padded[, 4 * d - 3] + 2 * padded[, 4 * d - 2] + 4 * padded[, 4 * d - 1] + 8 * padded[, 4 * d]]
    row <- match(do.call(paste0, lapply(digits:1, hex)), keys)
    if (anyNA(row))
      stop(sprintf("no such state: {%s}", paste(dQuote(phrases[bits[is.na(row), , drop = FALSE][1, ] == 1], FALSE), collapse = ", ")), call. = FALSE)
    others <- numbers[row, , drop = FALSE]
    unname(cbind(pmax(0, 1 - rowSums(others)), others))
  }`;

function networkCode({ members, head }: NetworkForm): string {
  // Text that is read takes any number of items, a call does not.
  const vector = (items: readonly number[]) => `scan(text = ${lines(items.map(String))}, quiet = TRUE)`;
  const parts = members.map(({ features, layers }) => {
    const inputs = features.map((phrases) =>
      phrases.length === 1 ? `${phrases[0]! + 1}` : `c(${phrases.map((j) => j + 1).join(', ')})`,
    );
    const dense = layers.map(
      ({ weights, bias }) =>
        `list(weights = matrix(${vector(weights.flat())}, ncol = ${bias.length}, byrow = TRUE),\n        bias = ${vector(bias)})`,
    );
    return `list(inputs = list(${inputs.join(', ')}),\n      layers = list(${dense.join(',\n        ')}))`;
  });
  return `  # By member: inputs (each 1 where all of its phrases hold), then layers of weights [inputs, outputs] and biases.
  members <- list(
    ${parts.join(',\n    ')}
  )

  # P of each action for many people, shape [n, k]; bits: a matrix of 0 and 1, a row for each of them.
  probabilities_of <- function(bits) {
    total <- 0
    for (member in members) {
      x <- vapply(member$inputs, function(j) Reduce(\`*\`, lapply(j, function(one) bits[, one])), numeric(nrow(bits)))
      x <- matrix(as.numeric(unlist(x)), nrow = nrow(bits))
      for (l in seq_along(member$layers)) {
        layer <- member$layers[[l]]
        x <- sweep(x %*% layer$weights, 2, layer$bias, "+")
        if (l < length(member$layers)) x <- pmax(x, 0)
      }
${
  head.kind === 'softmax'
    ? `      e <- exp(x - apply(x, 1, max))
      total <- total + e / rowSums(e)`
    : `      p <- ${head.kind === 'sigmoid' ? 'plogis(x[, 1])' : `${head.levels[0]} + plogis(x) %*% diff(c(${head.levels.join(', ')}))`}
      total <- total + unname(cbind(1 - p, p))`
}
    }
    total / length(members)
  }`;
}
