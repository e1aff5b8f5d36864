package org.jlvs.monitor.alert;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** A URL that is sent each message as JSON by POST, and has to answer with a status of 2xx. */
record Webhook(URI uri) implements Receiver {
  private static final Duration LONGEST_CONNECT = Duration.ofSeconds(10);
  private static final Duration LONGEST = Duration.ofSeconds(20);
  private static final int CLIENT_ERROR = 400;
  private static final int REQUEST_TIMEOUT = 408;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int SERVER_ERROR = 500;

  /** Made when the first webhook is called: it has threads of its own. */
  private static final class Shared {
    static final HttpClient CLIENT =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(LONGEST_CONNECT)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build();

    private Shared() {}
  }

  /** Without the path and query, which may hold a secret. */
  @Override
  public String name() {
    return "alertwebhook at " + uri.getScheme() + "://" + uri.getRawAuthority();
  }

  @Override
  public void deliver(Message message) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .timeout(LONGEST)
            .header("Content-Type", "application/json")
            .header("User-Agent", "jlvs-ldirectord")
            .POST(HttpRequest.BodyPublishers.ofString(message.json()))
            .build();
    int status = Shared.CLIENT.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    if (status / 100 == 2) {
      return;
    }
    String reason = "HTTP status " + status;
    boolean decided =
        status >= CLIENT_ERROR
            && status < SERVER_ERROR
            && status != REQUEST_TIMEOUT
            && status != TOO_MANY_REQUESTS;
    throw decided ? new NotAgainException(reason) : new IOException(reason);
  }
}
