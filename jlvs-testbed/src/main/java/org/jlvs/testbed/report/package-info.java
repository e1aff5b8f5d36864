/**
 * The summary at the end of {@code ./jlvs test}, from the reports that Surefire leaves. Run by the
 * test script as a single source file, so it uses nothing but the JDK; nothing else calls it.
 */
@NullMarked
package org.jlvs.testbed.report;

import org.jspecify.annotations.NullMarked;
