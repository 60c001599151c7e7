/** The part of libmime 5.4 that is used here; the package brings no types. */
declare module 'libmime' {
  const libmime: {
    /** Value and parameters of a structured header; parameters are put together and decoded (RFC 2231). */
    parseHeaderValue(text: string): { value: string | false; params: Record<string, string> };
    /** The usual media type of a file name; `application/octet-stream` if unknown. */
    detectMimeType(fileName: string): string;
    /** The usual extension of a media type, without the dot; `bin` if unknown. */
    detectExtension(mediaType: string): string;
  };
  export default libmime;
}
