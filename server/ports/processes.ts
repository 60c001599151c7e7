/** Who else works on this database. */

/** Where a process writes mails: files of its machine, files declared to be shared by all machines, the database. */
export const blobDrivers = ['fs', 'fs-shared', 'pg'] as const;
export type BlobDriver = (typeof blobDrivers)[number];

/** What a worker has in hand at a moment. */
export interface ProcessLoad {
  polls: number;
  exchanges: number;
  /** Connections that wait for new mail. */
  standing: number;
}

export interface ProcessRow extends ProcessLoad {
  id: string;
  host: string;
  pid: number;
  role: string;
  version: string;
  blobs: BlobDriver;
  startedAt: Date;
  seenAt: Date;
  /** `lost` gave no sign for so long that the others go on without it. */
  state: 'running' | 'stopping' | 'lost';
}

export interface Processes {
  /** Those that run, and those that were lost within the last hour. */
  list(): Promise<ProcessRow[]>;
}
