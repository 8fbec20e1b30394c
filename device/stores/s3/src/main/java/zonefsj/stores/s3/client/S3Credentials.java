// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.s3.client;

import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.utils.SdkAutoCloseable;

/** Credentials, whose lack can be told from other failures of a request. Thread-safe. */
final class S3Credentials implements AwsCredentialsProvider, SdkAutoCloseable {
  /** There are none now: nothing was sent. */
  static final class MissingException extends RuntimeException {
    private static final long serialVersionUID = 1;

    MissingException(SdkClientException cause) {
      super(cause.getMessage(), cause);
    }
  }

  private final AwsCredentialsProvider provider;

  S3Credentials(AwsCredentialsProvider provider) {
    this.provider = provider;
  }

  @Override
  public AwsCredentials resolveCredentials() {
    try {
      return provider.resolveCredentials();
    } catch (SdkClientException e) {
      throw new MissingException(e);
    }
  }

  @Override
  public void close() {
    if (provider instanceof SdkAutoCloseable closeable) {
      closeable.close();
    }
  }
}
