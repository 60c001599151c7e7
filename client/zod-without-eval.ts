import { z } from 'zod';

// zod compiles object schemas with `new Function`, which the server's Content-Security-Policy forbids. Imported before any schema is made.
z.config({ jitless: true });
