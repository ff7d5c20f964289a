// An error as AWS answers it: code, HTTP status, message. Thrown by operations, rendered by the wire.

export class AwsFault extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = 'AwsFault';
    this.code = code;
    this.status = status;
  }
}

export const validationError = (message: string): AwsFault => new AwsFault('ValidationError', message);
