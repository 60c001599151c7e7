// zod compiles object schemas with `new Function`, which the server's Content-Security-Policy forbids. This is where it keeps its settings; they
// are set without loading it, as it comes only with the pages that need it.
const zod = globalThis as { __zod_globalConfig?: { jitless?: boolean } };
zod.__zod_globalConfig = { ...zod.__zod_globalConfig, jitless: true };

export {};
