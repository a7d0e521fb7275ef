// Translates what ClickHouse and the network say into the few answers that the Warehouse port knows. A wrong answer here
// is expensive: data refused as `row_refused` become dead letters, so that list is short and everything unknown is retried.

import { ClickHouseError } from '@clickhouse/client'
import { type ErrorCode, LedgerError } from '#core/errors.ts'

/** The data of an insert are at fault. Codes: ClickHouse src/Common/ErrorCodes.cpp. */
const DATA_CODES = new Set([
  '6', // CANNOT_PARSE_TEXT
  '25', // CANNOT_PARSE_ESCAPE_SEQUENCE
  '26', // CANNOT_PARSE_QUOTED_STRING
  '27', // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  '32', // ATTEMPT_TO_READ_AFTER_EOF
  '33', // CANNOT_READ_ALL_DATA
  '38', // CANNOT_PARSE_DATE
  '41', // CANNOT_PARSE_DATETIME
  '69', // ARGUMENT_OUT_OF_BOUND
  '70', // CANNOT_CONVERT_TYPE
  '72', // CANNOT_PARSE_NUMBER
  '117', // INCORRECT_DATA
  '128', // TOO_LARGE_ARRAY_SIZE
  '131', // TOO_LARGE_STRING_SIZE
  '321', // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
  '407', // DECIMAL_OVERFLOW
  '469', // VIOLATED_CONSTRAINT
])

/** The statement is at fault: trying again cannot help, and no row is to blame. */
const STATEMENT_CODES = new Set([
  '16', // NO_SUCH_COLUMN_IN_TABLE
  '36', // BAD_ARGUMENTS
  '42', // NUMBER_OF_ARGUMENTS_DOESNT_MATCH
  '43', // ILLEGAL_TYPE_OF_ARGUMENT
  '46', // UNKNOWN_FUNCTION
  '47', // UNKNOWN_IDENTIFIER
  '53', // TYPE_MISMATCH
  '60', // UNKNOWN_TABLE
  '62', // SYNTAX_ERROR
  '81', // UNKNOWN_DATABASE
  '115', // UNKNOWN_SETTING
  '158', // TOO_MANY_ROWS
  '164', // READONLY
  '179', // MULTIPLE_EXPRESSIONS_FOR_ALIAS
  '184', // ILLEGAL_AGGREGATION
  '215', // NOT_AN_AGGREGATE
  '396', // TOO_MANY_ROWS_OR_BYTES
  '452', // SETTING_CONSTRAINT_VIOLATION
  '456', // UNKNOWN_QUERY_PARAMETER
  '457', // BAD_QUERY_PARAMETER
])

/** The account is at fault: its name, its password or its rights. Whoever runs the server has to help. */
const DENIED_CODES = new Set([
  '192', // UNKNOWN_USER
  '193', // WRONG_PASSWORD
  '194', // REQUIRED_PASSWORD
  '195', // IP_ADDRESS_NOT_ALLOWED
  '291', // DATABASE_ACCESS_DENIED
  '497', // ACCESS_DENIED
  '516', // AUTHENTICATION_FAILED
])

/** What the client says when a statement's deadline, or whoever waits for it, ends the request. */
const ABORTED = 'The user aborted a request.'

/** There is no such table, or not even the database. */
const MISSING_CODES = new Set(['60', '81'])

/** Whether a statement failed because what it reads was not created yet. */
export const isMissing = (error: unknown): boolean =>
  error instanceof LedgerError &&
  error.cause instanceof ClickHouseError &&
  MISSING_CODES.has(error.cause.code)

/**
 * Any failure of a statement as a LedgerError; the original stays as the cause.
 *
 * @param options.rows whether rows went with the statement: without any, bad data can only be the statement's own
 */
export function toLedgerError(error: unknown, options: { readonly rows: boolean }): LedgerError {
  if (error instanceof LedgerError) return error
  const said = error instanceof Error ? error.message : String(error)
  const detail = said === ABORTED ? 'no answer in the time that it had' : said
  return new LedgerError(classify(error, options.rows), detail, { cause: error })
}

function classify(error: unknown, rows: boolean): ErrorCode {
  if (!(error instanceof ClickHouseError)) return 'warehouse_unavailable'
  if (DENIED_CODES.has(error.code)) return 'warehouse_denied'
  if (DATA_CODES.has(error.code)) return rows ? 'row_refused' : 'warehouse_refused'
  return STATEMENT_CODES.has(error.code) ? 'warehouse_refused' : 'warehouse_unavailable'
}
