package org.jlvs.server.state;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.net.Address;
import org.jlvs.monitor.table.TableChange;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * How the director's values are written as JSON: strictly, so that a damaged text is refused.
 * Threads may share it.
 */
public final class DirectorJson {
  public static final JsonMapper MAPPER =
      JsonMapper.builder()
          .addMixIn(ServiceKey.class, KeyTypes.class)
          .addMixIn(TableChange.class, ChangeTypes.class)
          .addMixIn(ServiceSpec.class, FieldsOnly.class)
          .addMixIn(Address.class, FieldsOnly.class)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .changeDefaultVisibility(
              v -> v.withVisibility(PropertyAccessor.IS_GETTER, JsonAutoDetect.Visibility.NONE))
          .build();

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = ServiceKey.Endpoint.class, name = "endpoint"),
    @JsonSubTypes.Type(value = ServiceKey.Mark.class, name = "mark")
  })
  private interface KeyTypes {}

  @JsonAutoDetect(
      getterVisibility = JsonAutoDetect.Visibility.NONE,
      isGetterVisibility = JsonAutoDetect.Visibility.NONE,
      fieldVisibility = JsonAutoDetect.Visibility.ANY)
  private interface FieldsOnly {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "change")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = TableChange.AddService.class, name = "add-service"),
    @JsonSubTypes.Type(value = TableChange.EditService.class, name = "edit-service"),
    @JsonSubTypes.Type(value = TableChange.DeleteService.class, name = "delete-service"),
    @JsonSubTypes.Type(value = TableChange.SetPolicy.class, name = "set-policy"),
    @JsonSubTypes.Type(value = TableChange.AddServer.class, name = "add-server"),
    @JsonSubTypes.Type(value = TableChange.EditServer.class, name = "edit-server"),
    @JsonSubTypes.Type(value = TableChange.DeleteServer.class, name = "delete-server"),
    @JsonSubTypes.Type(value = TableChange.ServerFailed.class, name = "server-failed")
  })
  @JsonAutoDetect(
      getterVisibility = JsonAutoDetect.Visibility.NONE,
      isGetterVisibility = JsonAutoDetect.Visibility.NONE,
      fieldVisibility = JsonAutoDetect.Visibility.ANY)
  private interface ChangeTypes {}

  private DirectorJson() {}

  /** Why a text was refused, in one line. */
  public static String reason(RuntimeException refusal) {
    return String.valueOf(refusal.getMessage()).lines().findFirst().orElse("");
  }
}
