-- Compressing a mail of some KB takes longer than writing it.
ALTER TABLE "blob_chunk" ALTER COLUMN "bytes" SET STORAGE EXTERNAL;
