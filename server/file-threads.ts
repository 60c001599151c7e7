/**
 * Every mail is a file that is synced before it counts, and Node's usual four file threads would sync four at a time.
 * Sixteen wrote 1.1 to 1.7 times as many on two cores. Imported first: read when the first file thread is needed.
 */
process.env['UV_THREADPOOL_SIZE'] ??= '16';
